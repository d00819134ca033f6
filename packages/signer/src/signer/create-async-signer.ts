import { words } from "#words";
import type { Clock } from "../clock/clock.ts";
import type { CredentialProvider, CredentialRequest } from "../credentials/credentials.ts";
import { sha256Hex } from "../crypto/text-sha256.ts";
import { callable, checkOptions, contract, optional, type Shapes, unchecked } from "../errors/check-options.ts";
import { refuse, refuseOption } from "../errors/refuse.ts";
import { plainRules, rulesShape } from "../sigv4/plain-rules.ts";
import type { SignableRequest, SignedBy, SignedRequest } from "../sigv4/request.ts";
import { standardUrl } from "../sigv4/request-target.ts";
import type { ServiceRules } from "../sigv4/service-rules.ts";
import { webSigner } from "./web-signer.ts";

/** Signs requests asynchronously, with the runtime's WebCrypto. */
export interface AsyncSigner {
  /** Waits for credentials, then signs with them. */
  sign(request: SignableRequest, options?: CredentialRequest): Promise<SignedRequest & SignedBy>;
}

/** Options of `createAsyncSigner`. A function that is left out does not get into the bundle. */
export interface AsyncSignerOptions {
  /** Such as `eu-west-1`. */
  readonly region: string;
  /** The signing name, such as `sagemaker`. */
  readonly service: string;
  /** Called for each signature. It must cache by itself and judge expiry: `memoize` and `renewing` do. */
  readonly credentials: CredentialProvider;
  /** Dates the signatures. */
  readonly clock: Pick<Clock, "now">;
  /** Such as `serviceRules(service, settings)`. Default: the rules of services without special ones. */
  readonly rules?: ServiceRules | undefined;
  /** The form in which a URL is sent: `wireUrl` with rules of Amazon S3. Default: as the URL standard writes it. */
  readonly urlOf?: ((url: string, rules: ServiceRules) => string) | undefined;
  /** The last line of the canonical request. Default: the hash of the body. */
  readonly payloadOf?: ((request: SignableRequest) => string | Promise<string>) | undefined;
}

// Region and service are checked where they are used.
const shapes: Shapes<AsyncSignerOptions> = {
  region: unchecked,
  service: unchecked,
  credentials: callable,
  clock: contract(words && "an object with now()", "now"),
  rules: optional(rulesShape),
  urlOf: optional(callable),
  payloadOf: optional(callable),
};

/** @throws SignerError `INVALID_BODY`. */
function hashOf(body: SignableRequest["body"]): Promise<string> {
  const isBytes = ArrayBuffer.isView(body) || body instanceof ArrayBuffer;
  if (!isBytes && typeof (body ?? "") !== "string") {
    refuse("INVALID_BODY", words ? "body: must be a string, Uint8Array, ArrayBuffer or null" : "body");
  }
  return sha256Hex((body ?? "") as string | Uint8Array);
}

/**
 * Makes a signer for pages: the canonicalisation of `signRequest`, with hashes and HMACs of WebCrypto. It signs
 * asynchronously only, and its key cannot be exported.
 *
 * @throws SignerError `INVALID_OPTION`, `INVALID_REGION` or `INVALID_SERVICE` at once; `sign` rejects as `signRequest` throws, and with
 * `UNSUPPORTED_RUNTIME` in pages that are not served over TLS or from localhost, where there is no WebCrypto.
 *
 * @example
 * const clock = createClock();
 * const signer = createAsyncSigner({ region: "eu-west-1", service: "sagemaker", credentials: memoize(provider), clock });
 * const { url, headers } = await signer.sign({ method: "POST", url: endpointUrl, body: "{}" });
 */
export function createAsyncSigner(options: AsyncSignerOptions): AsyncSigner {
  const {
    region,
    service,
    credentials,
    clock,
    rules = plainRules,
    urlOf = standardUrl,
    payloadOf = ({ body }: SignableRequest) => hashOf(body),
  } = checkOptions(options, shapes, refuseOption);
  const sign = webSigner({ region, service, credentials, clock, rules, urlOf, payloadOf });
  if (rules === plainRules && service.startsWith("s3")) {
    refuse("INVALID_SERVICE", words ? "rules: must be serviceRules(service) for Amazon S3" : "rules");
  }
  return { sign };
}
