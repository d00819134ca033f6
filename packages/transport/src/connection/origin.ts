import { net } from "../builtin.ts";
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
  const given = urlText(origin);
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

/** The text of a string or a `URL`, of any realm. Empty for other values, which then parse as no URL. */
export function urlText(given: unknown): string {
  const text = typeof given === "object" && given !== null ? (given as { readonly href?: unknown }).href : given;
  return typeof text === "string" ? text : "";
}

/** Whether a text is a host name or an IP address, and nothing more: no certificate names a zone (`fe80::1%eth0`). */
export function isHost(host: unknown): host is string {
  if (typeof host !== "string") return false;
  // OpenSSL reads a name with a dot in front as "every host below": such a name must not get to the certificate check.
  return (isAddress(host) && !host.includes("%")) || (/^[\w~%-][\w.~%-]*$/.test(host) && !host.includes(".."));
}

/** Whether a host is an IP address. Most are names, and Node's pattern for IPv6 takes milliseconds to compile. */
export function isAddress(host: string): boolean {
  return (host.includes(":") || /\d$/.test(host)) && net.isIP(host) !== 0;
}

/** A host without the brackets that URLs put around IPv6 addresses. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

/** The port of a URL, which does not write the default one. */
export function portOf({ port, protocol }: Pick<URL, "port" | "protocol">): number {
  if (port !== "") return Number(port);
  return protocol === "http:" ? 80 : 443;
}

/** `host:port` as CONNECT and `Host` headers write it. */
export function authority(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
