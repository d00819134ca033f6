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

/** Signatures that are kept. Between signing and sending there is only the program's own middleware. */
const MAX_SIGNATURES = 1024;

/** Middleware may have written anything into these. */
interface Address {
  readonly protocol: unknown;
  readonly hostname: unknown;
  readonly port?: number | string | null | undefined;
}

/**
 * Makes a `SignedOrigins`. Middleware that runs after signing can give a request another host, which would then receive a
 * session token and a signature that AWS accepts. Signatures are the keys, because middleware may copy the request.
 */
export function createSignedOrigins(): SignedOrigins {
  const origins = new Map<string, string>();

  return {
    keep(request) {
      const signature = signatureOf(request.headers);
      if (signature === undefined) return;
      const [oldest] = origins.size < MAX_SIGNATURES ? [] : origins.keys();
      if (oldest !== undefined) origins.delete(oldest);
      origins.set(signature, originOf(request));
    },
    wrap: (handler) => ({
      ...handler,
      async handle(given, options) {
        // Read once: what is compared is what is sent.
        const request = { ...given };
        const signed = origins.get(signatureOf(request.headers) ?? "");
        if (signed !== undefined && signed !== originOf(request)) {
          throw new SdkError(
            "INVALID_REQUEST",
            "hostname: must be the host that the request was signed for, with its protocol and port; change them in middleware that runs before signing",
          );
        }
        return handler.handle(request, options);
      },
    }),
  };
}

function signatureOf(headers: unknown): string | undefined {
  for (const [name, value] of Object.entries(Object(headers) as object)) {
    if (name.toLowerCase() === "authorization") return /Signature=(\w+)/u.exec(String(value))?.[1];
  }
  return undefined;
}

function originOf({ protocol, hostname, port }: Address): string {
  return `${String(protocol).replace(/:?$/u, ":")}//${String(hostname).toLowerCase()}:${port ?? 443}`;
}
