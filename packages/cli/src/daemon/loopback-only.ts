import { isLoopbackHost } from "@countersign/signer/endpoints";
import type { ListenConfig } from "./listen-config.ts";
import type { Fetch } from "./listen.ts";

/** They say whether the server runs, as on the public listener, and nothing else. */
const PROBES: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/**
 * Makes a listener on a loopback address refuse requests for another host. A page of another site can make its own name
 * resolve to 127.0.0.1 (DNS rebinding) and read the answers; it cannot choose the `Host` that its browser sends. With a
 * certificate the browser itself refuses the other name.
 */
export function loopbackOnly(fetch: Fetch, { host = "127.0.0.1", certificate }: ListenConfig): Fetch {
  if (certificate !== undefined || !isLoopbackHost(host)) return fetch;
  return (request, env) => {
    // A request line with a host comes before the header (RFC 9112, section 3.2.2).
    const { hostname, pathname } = new URL(request.url);
    const isOwn = isLoopbackHost(hostname) && namesLoopback(request.headers.get("host") ?? "");
    return isOwn || PROBES.has(pathname)
      ? fetch(request, env)
      : Response.json({ error: "HOST_REFUSED" }, { status: 421, headers: { "cache-control": "no-store" } });
  };
}

function namesLoopback(host: string): boolean {
  const url = /^[\w.:[\]-]+$/.test(host) && URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
  return url !== undefined && isLoopbackHost(url.hostname);
}
