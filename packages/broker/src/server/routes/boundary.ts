import { isLoopbackHost } from "@countersign/signer/endpoints";
import { VendingError } from "../vending-error.ts";

/**
 * Checks that a request names one of this server's hosts. A page of another site can make its own name resolve to this
 * address (DNS rebinding) and read the answers; it cannot choose the `Host` that its browser sends (aws-vault#578).
 *
 * @throws VendingError `HOST_REFUSED`, also for a request whose line names another host than its `Host` (RFC 9112, section
 *   3.2.2): a proxy in front would follow one of them, and this server the other.
 */
export function checkHost(request: Request, hosts: readonly string[]): void {
  const host = hostOf(request);
  if (!hosts.includes(host))
    throw new VendingError("HOST_REFUSED", `host ${JSON.stringify(host.slice(0, 128))} is not in hosts`);
  if (!isTarget(host, request.url)) throw new VendingError("HOST_REFUSED", "the request line names another host");
}

/** As `checkHost`; names of this machine are accepted too, since no DNS rebinding brings them. */
export function checkOwnHost(request: Request, hosts: readonly string[]): void {
  const host = hostOf(request);
  if (!URL.canParse(`http://${host}`) || !isLoopbackHost(new URL(`http://${host}`).hostname)) checkHost(request, hosts);
}

/**
 * Whether a request line names no host, or one that all readers of URLs agree on. They differ in a user before the host, in
 * escapes, in further slashes and in addresses with other numbers than four decimal ones: `0177.0.0.1` is 127.0.0.1 to some
 * and 177.0.0.1 to others. `Request.url` shows one reading only.
 */
export function hasOneReading(target: string | undefined): boolean {
  if (target === undefined || target.startsWith("/")) return true;
  const [, name, address] = /^https?:\/\/(?:([\w.-]+)|(\[[\da-f:.]+\]))(?::\d+)?(?:[/?]|$)/i.exec(target) ?? [];
  if (name === undefined) return address !== undefined;
  return URL.canParse(`http://${name}`) && new URL(`http://${name}`).hostname === name.toLowerCase();
}

function hostOf(request: Request): string {
  return (request.headers.get("host") ?? new URL(request.url).host).toLowerCase();
}

function isTarget(host: string, target: string): boolean {
  if (target.startsWith(`http://${host}/`) || target.startsWith(`https://${host}/`)) return true;
  const { protocol, host: named } = new URL(target);
  return URL.canParse(`${protocol}//${host}`) && new URL(`${protocol}//${host}`).host === named;
}

/**
 * Checks that a page of an allowed origin sent the request. Requests without an origin do not come from a page.
 *
 * @throws VendingError `ORIGIN_REFUSED`.
 */
export function checkOrigin(request: Request, origins: readonly string[]): void {
  const origin = request.headers.get("origin");
  if (origin === null ? request.headers.get("sec-fetch-site") === "cross-site" : !origins.includes(origin)) {
    throw new VendingError(
      "ORIGIN_REFUSED",
      `origin ${JSON.stringify((origin ?? "").slice(0, 128))} is not in origins`,
    );
  }
}

const PAGES: ReadonlySet<string> = new Set(["origin", "referer"]);

/**
 * Refuses requests of pages and of unknown proxies. A request that came through a trusted proxy has the proxy's headers.
 * Browsers send `sec-fetch-mode` with other headers of its kind; Node's own `fetch` sends it alone.
 *
 * @throws VendingError `BROWSER_REFUSED`.
 */
export function checkNoBrowser(request: Request, proxied: boolean): void {
  for (const [name] of request.headers) {
    const isBrowsers = PAGES.has(name) || (name.startsWith("sec-fetch-") && name !== "sec-fetch-mode");
    const isProxys = name === "forwarded" || name.startsWith("x-forwarded-");
    if (isBrowsers || (isProxys && !proxied)) {
      throw new VendingError(
        "BROWSER_REFUSED",
        `header ${name.slice(0, 64)}: SDKs do not send it; list the proxy in trustedProxies if one sent it`,
      );
    }
  }
}
