import type { Signer } from "@countersign/signer";
import { callable, checkOptions, optional, type Shapes } from "@countersign/signer/options";
import { bytes } from "../call/max-bytes.ts";
import { refuseOption } from "../errors/fetch-error.ts";
import type { HostGate } from "../hosts/host-gate.ts";
import type { Middleware } from "./middleware.ts";
import { type FetchPayload, payloadShape, signerShape } from "./signing-shapes.ts";
import { signingStep } from "./signing-step.ts";
import { middlewareOf } from "./step.ts";

/** Options of the `signing` middleware. */
export interface SigningOptions {
  /** Throws for a URL that must not be sent credentials. Default: every URL is signed. */
  readonly gate?: HostGate | undefined;
  /** Default: `hash`. A stream cannot be hashed and needs another mode. */
  readonly payload?: FetchPayload | undefined;
  /** The limit for a Request, Blob or FormData that is read into memory. Default: 6,291,456. */
  readonly maxBufferBytes?: number | undefined;
}

const shapes: Shapes<SigningOptions> = { gate: optional(callable), payload: payloadShape, maxBufferBytes: bytes };

/**
 * Signs each request as the last step before it is sent. A redirect never carries the signature away: it comes back as a
 * response (`redirect: "manual"`), and `createSignedFetch` decides what happens next.
 *
 * @param signer a signer, or a function that picks one by URL.
 * @throws FetchError `INVALID_OPTION` at once. The call rejects with `HOST_NOT_ALLOWED`, `STREAM_NEEDS_PAYLOAD`,
 * `INVALID_REQUEST` or the error of reading the body, and with SignerError.
 */
export function signing(signer: Signer | ((url: URL) => Signer), options: SigningOptions = {}): Middleware {
  const { gate, payload, maxBufferBytes } = checkOptions(options, shapes, refuseOption);
  if (typeof signer !== "function") signerShape(signer, "signer", refuseOption);
  const signerOf = typeof signer === "function" ? signer : (): Signer => signer;
  return middlewareOf(signingStep(signerOf, gate, payload), maxBufferBytes);
}
