import { invalidRequest } from "../errors/error.ts";

/** A server: scheme, host and port. */
export interface OriginAddress {
  readonly host: string;
  readonly port: number;
  readonly plaintext: boolean;
}

/**
 * Splits `https://host:port`, or a bare host, into its parts.
 *
 * @throws {TransportError} `INVALID_REQUEST`.
 */
export function parseOrigin(origin: string | URL): OriginAddress {
  const given = typeof origin === "string" || origin instanceof URL ? String(origin) : "";
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `https://${given}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw invalidRequest("origin: must be a host or an https: URL");
  }
  if (url.username !== "" || url.password !== "") {
    throw invalidRequest("origin: must not have a user name or password");
  }
  const plaintext = url.protocol === "http:";
  return { host: bareHost(url.hostname), port: portOf(url), plaintext };
}

/** A host without the brackets that URLs put around IPv6 addresses. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function portOf({ port, protocol }: URL): number {
  if (port !== "") return Number(port);
  return protocol === "http:" ? 80 : 443;
}

/** `host:port` as CONNECT and `Host` headers write it. */
export function authority(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
