import { TransportError } from "../errors/error.ts";

/** A server: scheme, host and port. */
export interface OriginAddress {
  readonly host: string;
  readonly port: number;
  readonly plaintext: boolean;
}

/**
 * Takes `https://host:port`, or a bare host, apart.
 *
 * @throws {TransportError} `INVALID_REQUEST`.
 */
export function parseOrigin(origin: string | URL): OriginAddress {
  const given = String(origin);
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `https://${given}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new TransportError("INVALID_REQUEST", "origin: a host or an https: URL is needed", { phase: "configure" });
  }
  const plaintext = url.protocol === "http:";
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (plaintext ? 80 : 443) : Number(url.port),
    plaintext,
  };
}
