import type { ServiceCall } from "../judge/call.ts";
import type { Received } from "../receive/received.ts";
import { denied } from "../refusal.ts";
import type { Target } from "./target.ts";

/** A request to a bucket's own host as the same request in path style, which is how it is judged and sent. */
export function pathStyle(request: Received, target: Target | undefined): Received {
  if (target?.bucket === undefined) return request;
  const prefix = `/${target.bucket}`;
  return { ...request, path: prefix + request.path, target: prefix + request.target };
}

/**
 * In a tunnel, host, operation and credential scope must mean the same endpoint.
 *
 * @throws Refusal `AccessDeniedException`.
 */
export function checkTarget(target: Target | undefined, request: Received, call: ServiceCall, region: string): void {
  if (target === undefined) return;
  const host = request.headers.get("host")?.toLowerCase().replace(/:443$/u, "");
  if (host !== target.host) throw denied("The Host header must name the host that the tunnel was opened to.");
  if (call.endpoint !== target.endpoint || region !== target.region) {
    throw denied(
      `The request is signed for ${call.endpoint} in ${region.slice(0, 64)}, and ${target.host} is another endpoint.`,
    );
  }
}
