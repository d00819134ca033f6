import { words } from "@countersign/signer";
import { isRewritten } from "../call/dot-segments.ts";
import { isStream, type Outgoing } from "../call/outgoing.ts";
import { refuse } from "../errors/fetch-error.ts";
import type { HostGate } from "../hosts/host-gate.ts";
import { REPLACED } from "./replaced-headers.ts";
import type { RequestSigner } from "./request-signer.ts";
import type { FetchPayload } from "./signing-shapes.ts";
import type { Step } from "./step.ts";
import { own } from "../call/own.ts";
import { MAX_ANSWER_MS } from "./limits.ts";

/** Signs as a step; `signing` says how. */
export function signingStep(
  signerOf: (url: URL) => RequestSigner,
  gate: HostGate | undefined,
  payload: FetchPayload = "hash",
): Step {
  return (next) =>
    async function signAndSend({ input, url, init }, signed) {
      gate?.(url);
      const { body, signal } = init;
      const streamed = isStream(body);
      if (streamed && payload === "hash") {
        refuse(
          "STREAM_NEEDS_PAYLOAD",
          words
            ? 'payload: must be given for a stream, which cannot be hashed before it is sent; pass { sha256 }, "unsigned" (Amazon S3) or bytes'
            : "payload",
        );
      }
      const headers = new Headers(init.headers);
      for (const name of REPLACED) headers.delete(name);
      const signer = signerOf(url);
      checkPath(input, signer);
      const {
        accessKeyId,
        method,
        url: address,
        headers: sent,
      } = await signer.sign(
        { method: init.method, url: url.href, headers, payload, body: streamed ? null : body },
        { minTtlMs: MAX_ANSWER_MS, signal: signal || undefined },
      );
      signed?.({
        accessKeyId,
        sentAt: signer.clock.wall(),
        signedAt: signer.clock.now(),
      });
      return next({
        // Only a Request is handed on: text could be read in another way than it was signed.
        input: typeof input === "string" || address !== url.href ? address : input,
        url,
        // The signature covers the method in upper case, and fetch would send "patch" as it is written.
        init: own(init, { headers: new Headers(sent), redirect: "manual", method }),
      });
    };
}

/**
 * Refuses a path that fetch rewrites, where the path names an object: in Amazon S3 `a/../b` is a key of its own, and
 * fetch would ask for `b`.
 *
 * @throws FetchError `INVALID_REQUEST`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 */
export function checkPath(
  input: Outgoing["input"],
  { service, settings }: Pick<RequestSigner, "service" | "settings">,
): void {
  const { pathNormalization = service.startsWith("s3") ? "none" : "rfc3986" } = settings;
  if (pathNormalization === "none" && isRewritten(input)) {
    refuse(
      "INVALID_REQUEST",
      words ? "url: must have no . or .. segments, which fetch would resolve to another object's key" : "url",
    );
  }
}
