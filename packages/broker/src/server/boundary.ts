import { VendingError } from "./vending-error.ts";

/**
 * Whether a request was addressed to this server by a name that is its own. A page elsewhere can have its own name
 * resolve to this address (DNS rebinding), and then reads what we answer; it cannot choose what its browser writes into
 * `Host` (aws-vault#578).
 *
 * @throws VendingError `HOST_REFUSED`.
 */
export function checkHost(request: Request, hosts: readonly string[]): void {
  const host = (request.headers.get("host") ?? new URL(request.url).host).toLowerCase();
  if (!hosts.includes(host))
    throw new VendingError("HOST_REFUSED", `host ${JSON.stringify(host.slice(0, 128))} is none of this server's`);
}

/**
 * Whether a page of an allowed origin asks. Requests without an origin come from no page, and have only their token.
 *
 * @throws VendingError `ORIGIN_REFUSED`.
 */
export function checkOrigin(request: Request, origins: readonly string[]): void {
  const origin = request.headers.get("origin");
  if (origin === null ? request.headers.get("sec-fetch-site") === "cross-site" : !origins.includes(origin)) {
    throw new VendingError("ORIGIN_REFUSED", `origin ${JSON.stringify((origin ?? "").slice(0, 128))} is not allowed`);
  }
}

/**
 * No page and no proxy is a container.
 *
 * @throws VendingError `BROWSER_REFUSED`.
 */
export function checkNoBrowser(request: Request): void {
  for (const [name] of request.headers) {
    if (
      name === "origin" ||
      name === "referer" ||
      name === "x-forwarded-for" ||
      name === "forwarded" ||
      name.startsWith("sec-fetch-")
    ) {
      throw new VendingError("BROWSER_REFUSED", `header ${name} is sent by browsers and proxies, not by SDKs`);
    }
  }
}
