import { type PayloadMode, type Signer, words } from "@countersign/signer";
import { refuse } from "../errors/fetch-error.ts";
import type { HostGate } from "../hosts/host-gate.ts";
import { type Middleware, middlewareOf, type Step } from "./middleware.ts";
import { isStream } from "../call/outgoing.ts";

/** How the payload is covered by the signature where fetch sends it: see the signer's `PayloadMode`. */
export type FetchPayload = Extract<PayloadMode, "hash" | "unsigned" | { sha256: string }>;

/** How `signing` signs. */
export interface SigningOptions {
  /** Throws for a URL that must not be sent credentials. Default: none, every URL is signed. */
  readonly gate?: HostGate | undefined;
  /** Default: `hash`. A stream cannot be hashed and needs another mode. */
  readonly payload?: FetchPayload | undefined;
  /** Up to how many bytes a Request, Blob or FormData is read into memory. Default: 6,291,456. */
  readonly maxBufferBytes?: number | undefined;
}

/** SageMaker's own limit for an answer: credentials should hold out at least as long. */
const LONGEST_ANSWER_MS = 60_000;

/**
 * What a caller may not set besides what signing replaces: names that fetch itself writes and browsers forbid
 * (https://fetch.spec.whatwg.org/#forbidden-request-header), and the hash of an earlier signature.
 */
const REPLACED = ["host", "content-length", "x-amz-content-sha256"];

/**
 * Signs each request as the last thing before it is sent, and never lets a redirect carry the signature away.
 *
 * Redirects come back as responses (`redirect: "manual"`); `createSignedFetch` decides about them.
 *
 * @param signer or a function that picks one by URL.
 * @throws FetchError `HOST_NOT_ALLOWED`, `STREAM_NEEDS_PAYLOAD` and what reading the body throws; SignerError.
 */
export function signing(signer: Signer | ((url: URL) => Signer), options: SigningOptions = {}): Middleware {
  const signerOf = typeof signer === "function" ? signer : (): Signer => signer;
  return middlewareOf(signingStep(signerOf, options.gate, options.payload), options.maxBufferBytes);
}

/** The same between other steps. */
export function signingStep(
  signerOf: (url: URL) => Signer,
  gate: HostGate | undefined,
  payload: FetchPayload = "hash",
): Step {
  return (next) =>
    async function signAndSend({ input, url, init }, signed) {
      gate?.(url);
      const { method, body, signal } = init;
      const streamed = isStream(body);
      if (streamed && payload === "hash") {
        refuse(
          "STREAM_NEEDS_PAYLOAD",
          words
            ? "A stream cannot be hashed before it is sent: pass payload { sha256 }, 'unsigned' (S3 takes it), or bytes."
            : "payload",
        );
      }
      const headers = new Headers(init.headers);
      for (const name of REPLACED) headers.delete(name);
      const signer = signerOf(url);
      const request = await signer.sign(
        { method, url, headers, payload, body: streamed ? undefined : body },
        { minTtlMs: LONGEST_ANSWER_MS, signal: signal ?? undefined },
      );
      signed?.({
        accessKeyId: /Credential=([^/]+)/.exec(request.headers["authorization"] ?? "")?.[1] ?? "",
        sentAt: signer.clock.wall(),
        signedAt: signer.clock.now(),
      });
      return next({
        // The signer may have encoded what fetch would leave as it is.
        input: request.url === url.href ? input : request.url,
        url,
        init: { ...init, headers: new Headers(request.headers), redirect: "manual" },
      });
    };
}
