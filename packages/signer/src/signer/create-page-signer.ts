import { createClock } from "../clock/create-clock.ts";
import type { MemoizedProvider } from "../credentials/credentials.ts";
import { renewed } from "../credentials/memoize.ts";
import { sha256Hex } from "../crypto/text-sha256.ts";
import { checkOptions } from "../errors/check-options.ts";
import { refuseOption } from "../errors/refuse.ts";
import { createEmitter } from "../events/emit.ts";
import { payloadLine } from "../sigv4/payload-line.ts";
import { wireUrl } from "../sigv4/request-target.ts";
import { serviceRules } from "../sigv4/service-rules.ts";
import { optionShapes, type SignerOptions, signShapes } from "./signer-options.ts";
import type { Signer } from "./signer.ts";
import { webSigner } from "./web-signer.ts";

/** A signer without `signSync` and `presign`. */
export type PageSigner = Pick<Signer, "region" | "service" | "settings" | "clock" | "sign"> & {
  readonly credentials: MemoizedProvider;
};

/**
 * Makes what `createSigner` makes, for pages that sign asynchronously only: same options, same events, and hashes of
 * WebCrypto in place of code for them.
 *
 * @throws SignerError as `createSigner`; `sign` also `UNSUPPORTED_RUNTIME`, where there is no WebCrypto.
 */
export function createPageSigner(options: SignerOptions): PageSigner {
  const {
    region,
    service = "sagemaker",
    settings = {},
    clock = createClock(),
    onEvent,
    ...given
  } = checkOptions(options, optionShapes, refuseOption);
  const emit = createEmitter(onEvent, clock);
  const credentials = renewed(given.credentials, clock, onEvent);
  const sign = webSigner({
    region,
    service,
    clock,
    credentials,
    rules: serviceRules(service, settings),
    urlOf: wireUrl,
    payloadOf: async ({ body, payload }) => payloadLine(body, payload, sha256Hex),
  });
  return {
    region,
    service,
    settings,
    clock,
    credentials,
    async sign(request, wish) {
      const signed = await sign(request, checkOptions(wish, signShapes, refuseOption));
      const { accessKeyId } = signed;
      emit("sign", () => ({ service, region, host: new URL(signed.url).host, accessKeyId, presigned: false }));
      return signed;
    },
  };
}
