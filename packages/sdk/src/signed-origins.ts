import type { HttpHandler } from "@countersign/transport";
import type { HttpRequest } from "@smithy/types";
import { SdkError } from "./error.ts";

/** Holds each signature to the server that it was made for. */
export interface SignedOrigins {
  /** Keeps the server that a signed request names. */
  keep(request: HttpRequest): void;
  /** Makes a handler that refuses a request whose server was changed after signing. */
  wrap(handler: HttpHandler): HttpHandler;
}

/** Signatures that are kept after their request was sent, because middleware may send it once more. */
const MAX_SENT = 1024;

/**
 * Signatures that are kept until their request is sent: some 3 MB. A client with a handler of its own never sends its
 * requests here.
 */
const MAX_WAITING = 10_000;

/**
 * How long the signature of a request that was not sent is kept, in milliseconds. AWS accepts no signature for longer.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
 */
const MAX_WAIT_MS = 15 * 60_000;

/** Middleware may have written anything into these. */
interface Address {
  readonly protocol: unknown;
  readonly hostname: unknown;
  readonly port?: number | string | null | undefined;
}

/** Requests that were signed and not yet sent. Equal requests of one second have one signature. */
interface Waiting {
  readonly origin: string;
  readonly keptAt: number;
  count: number;
}

/**
 * Makes a `SignedOrigins`. Middleware that runs after signing can give a request another host, which would then receive a
 * session token and a signature that AWS accepts. Signatures are the keys, because middleware may copy the request.
 *
 * At the limit of waiting signatures the oldest is dropped. From then on a request with an unknown signature is refused,
 * for as long as AWS could accept a signature that was dropped.
 *
 * @param monotonic milliseconds from a clock that does not jump.
 */
export function createSignedOrigins(monotonic: () => number): SignedOrigins {
  const waiting = new Map<string, Waiting>();
  const sent = new Map<string, string>();
  let lastDropAt = Number.NEGATIVE_INFINITY;

  function originFor(signature: string): string | undefined {
    const entry = waiting.get(signature);
    if (entry === undefined) return sent.get(signature);
    if (--entry.count === 0) {
      waiting.delete(signature);
      const [oldest] = sent.size < MAX_SENT ? [] : sent.keys();
      if (oldest !== undefined) sent.delete(oldest);
      sent.set(signature, entry.origin);
    }
    return entry.origin;
  }

  return {
    keep(request) {
      const now = monotonic();
      for (const [signature, { keptAt }] of waiting) {
        if (now - keptAt < MAX_WAIT_MS) break;
        waiting.delete(signature);
      }
      const origin = originOf(request);
      for (const signature of signaturesOf(request.headers)) {
        const [oldest] = waiting.size < MAX_WAITING ? [] : waiting.keys();
        if (oldest !== undefined) {
          waiting.delete(oldest);
          lastDropAt = now;
        }
        const count = (waiting.get(signature)?.count ?? 0) + 1;
        // Deleted first, so that the oldest entry stays in front.
        waiting.delete(signature);
        waiting.set(signature, { origin, keptAt: now, count });
      }
    },
    wrap: (handler) => ({
      ...handler,
      async handle(given, options) {
        // Read once: what is compared is what is sent.
        const request = { ...given, headers: { ...given.headers } };
        const origin = originOf(request);
        for (const signature of signaturesOf(request.headers)) {
          const signedFor = originFor(signature);
          if (signedFor === undefined && monotonic() - lastDropAt < MAX_WAIT_MS) {
            refuse(`requests: must be at most ${MAX_WAITING} between signing and sending; wait for earlier ones`);
          }
          if (signedFor !== undefined && signedFor !== origin) {
            refuse(
              "hostname: must be the host that the request was signed for, with its protocol and port; change them in middleware that runs before signing",
            );
          }
        }
        return handler.handle(request, options);
      },
    }),
  };
}

function refuse(message: string): never {
  throw new SdkError("INVALID_REQUEST", message);
}

/** Every signature in the headers: middleware may have added another one, or given a header another name. */
function signaturesOf(headers: unknown): string[] {
  const texts = Object.values(Object(headers) as object).map(String);
  return texts.flatMap((text) =>
    Array.from(text.matchAll(/Signature=([\da-f]+)/giu), ([, hex = ""]) => hex.toLowerCase()),
  );
}

function originOf({ protocol, hostname, port }: Address): string {
  return `${String(protocol).replace(/:?$/u, ":")}//${String(hostname).toLowerCase()}:${port ?? 443}`;
}
