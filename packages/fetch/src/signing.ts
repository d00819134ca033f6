import type { PayloadMode, Signer } from "@countersign/signer";
import { FetchError } from "./error.ts";
import type { HostGate } from "./host-rule.ts";
import type { Middleware } from "./middleware.ts";
import { type Outgoing, outgoing, replaceInit, retarget } from "./outgoing.ts";

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

/** What made a response possible: who signed its request, and when. */
export interface SignatureFacts {
  readonly accessKeyId: string;
  readonly sentAt: number;
  readonly offsetMs: number;
}

/** SageMaker's own limit for an answer: credentials should hold out at least as long. */
const LONGEST_ANSWER_MS = 60_000;

/**
 * What a caller may not set: names that fetch itself writes and browsers forbid
 * (https://fetch.spec.whatwg.org/#forbidden-request-header), and what an earlier signature or an API key left.
 */
const REPLACED = /^(?:host|content-length|authorization|x-amz-(?:date|security-token|content-sha256))$/u;

const facts = new WeakMap<Response, SignatureFacts>();

/**
 * Signs each request as the last thing before it is sent, and never lets a redirect carry the signature away.
 *
 * Redirects come back as responses (`redirect: "manual"`); `createSignedFetch` decides about them.
 *
 * @param signer or a function that picks one by URL.
 * @throws FetchError `HOST_NOT_ALLOWED`, `STREAM_NEEDS_PAYLOAD` and what reading the body throws; SignerError.
 */
export function signing(signer: Signer | ((url: URL) => Signer), options: SigningOptions = {}): Middleware {
  const { gate, payload = "hash", maxBufferBytes } = options;
  const signerOf = typeof signer === "function" ? signer : (): Signer => signer;

  return (next) =>
    async function signAndSend(input, init) {
      const call = await outgoing(input, init, maxBufferBytes);
      gate?.(call.url);
      const { method, body } = call.init;
      const headers = unsigned(call.init.headers);
      const streamed = isStream(body);
      if (streamed && payload === "hash") {
        throw new FetchError(
          "STREAM_NEEDS_PAYLOAD",
          "A stream cannot be hashed before it is sent: pass payload { sha256 }, 'unsigned' (S3 takes it), or bytes.",
        );
      }
      const chosen = signerOf(call.url);
      const signed = await chosen.sign(
        { method, url: call.url, headers, payload, body: streamed ? undefined : body },
        { minTtlMs: LONGEST_ANSWER_MS, signal: call.signal },
      );
      const sentAt = chosen.clock.wall();
      const { offsetMs } = chosen.clock;
      const change = { headers: new Headers(signed.headers), redirect: "manual" } as const;
      const sent = call.url.href === signed.url ? call : retarget(call, new URL(signed.url), {});
      const response = await next(sent.input, replaceInit(sent, change));
      facts.set(response, { accessKeyId: accessKeyOf(signed.headers), sentAt, offsetMs });
      return response;
    };
}

/** What signed the request that a response answers. */
export function signatureOf(response: Response): SignatureFacts | undefined {
  return facts.get(response);
}

export function isStream(body: Outgoing["init"]["body"]): body is ReadableStream {
  return body !== null && typeof body !== "string" && !ArrayBuffer.isView(body);
}

function unsigned(headers: Headers): Headers {
  const bare = new Headers();
  headers.forEach((value, name) => {
    if (!REPLACED.test(name)) bare.append(name, value);
  });
  return bare;
}

function accessKeyOf(headers: Readonly<Record<string, string>>): string {
  const authorization = new Headers(headers).get("authorization") ?? "";
  return /Credential=([^/]+)\//u.exec(authorization)?.[1] ?? "";
}
