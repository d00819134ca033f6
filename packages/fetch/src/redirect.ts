import { type Clock, type EventListener, createEmitter } from "@countersign/signer";
import { FetchError } from "./error.ts";
import type { HostGate } from "./host-rule.ts";
import type { Middleware } from "./middleware.ts";
import { type Outgoing, outgoing, retarget } from "./outgoing.ts";
import { isStream } from "./signing.ts";

/** What decides about redirects. */
export interface RedirectOptions {
  /** Throws for a target that must not be sent credentials. Absent: no redirect is followed. */
  readonly gate?: HostGate | undefined;
  readonly maxBufferBytes?: number | undefined;
  readonly clock: Clock;
  /** Receives `redirect.refused`. */
  readonly onEvent?: EventListener | undefined;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** As many as fetch itself follows (https://fetch.spec.whatwg.org/#http-redirect-fetch). */
const MOST_HOPS = 20;

/** A body's own headers, which go when it goes (https://fetch.spec.whatwg.org/#request-body-header-name). */
const BODY_HEADER = /^content-/u;

/** What belongs to the origin it was meant for. */
const ORIGIN_HEADER = /^(?:proxy-)?authorization$|^cookie$/u;

/**
 * Follows a redirect by signing the request anew for its target, if that may be sent credentials; refuses it otherwise.
 *
 * A signature, a session token or a body never goes to a host that merely a `Location` names. `redirect: "manual"`
 * of the caller gives the answer back as it is; `"error"` refuses every redirect.
 *
 * @throws FetchError `REDIRECT_REFUSED`.
 */
export function resigningRedirects(options: RedirectOptions): Middleware {
  const emit = createEmitter(options.onEvent, options.clock);

  return (next) =>
    async function followIfAllowed(input, init) {
      const first = await outgoing(input, init, options.maxBufferBytes);
      for (let call = first, hops = 0; ; hops++) {
        const response = await next(call.input, call.init);
        const opaque = response.type === "opaqueredirect";
        if (first.redirect === "manual" || !(opaque || REDIRECTS.has(response.status))) return response;

        const location = response.headers.get("location");
        // Without a Location it is no redirect, and fetch returns it as well.
        if (!opaque && location === null) return response;
        const target = location === null ? undefined : parse(location, call.url);
        const refusal = opaque
          ? "a browser does not show where to"
          : first.redirect === "error"
            ? 'redirect: "error" was asked for'
            : hops >= MOST_HOPS
              ? `after ${MOST_HOPS} redirects`
              : refusalOf(target, call, response.status, first.url.port);
        await response.body?.cancel().catch(() => undefined);
        if (refusal === undefined && target !== undefined) {
          call = redirected(call, target, response.status);
          continue;
        }
        emit("redirect.refused", () => ({
          host: call.url.host,
          location: target === undefined ? "" : `${target.origin}${target.pathname}`,
          status: response.status,
        }));
        throw new FetchError(
          "REDIRECT_REFUSED",
          `${call.url.host} redirected (${response.status})${target === undefined ? "" : ` to ${target.host}`}, which ` +
            `was not followed: ${refusal}. Allow it in allowedHosts, or pass redirect: "manual".`,
        );
      }
    };

  function refusalOf(target: URL | undefined, call: Outgoing, status: number, ownPort: string): string | undefined {
    if (target === undefined) return "its Location cannot be parsed, or names a user";
    if (options.gate === undefined) return "no allowedHosts were given";
    if (call.url.protocol === "https:" && target.protocol !== "https:") return "it leaves TLS";
    if (isStream(call.init.body) && !becomesGet(call.init.method, status)) return "its stream is spent";
    try {
      options.gate(target, ownPort);
      return undefined;
    } catch {
      return "it is not in allowedHosts";
    }
  }
}

function redirected(call: Outgoing, target: URL, status: number): Outgoing {
  const headers = new Headers(call.init.headers);
  const dropsBody = becomesGet(call.init.method, status);
  const leaves = target.origin !== call.url.origin;
  for (const name of Array.from(headers.keys())) {
    if ((dropsBody && BODY_HEADER.test(name)) || (leaves && ORIGIN_HEADER.test(name))) headers.delete(name);
  }
  return retarget(call, target, dropsBody ? { method: "GET", headers, body: null } : { headers });
}

/** 303, and by old custom a POST under 301 and 302, continue as GET without a body. */
function becomesGet(method: string, status: number): boolean {
  return status === 303 ? method !== "GET" && method !== "HEAD" : status < 303 && method === "POST";
}

function parse(location: string, base: URL): URL | undefined {
  try {
    const target = new URL(location, base);
    target.hash = "";
    return target.username === "" && target.password === "" ? target : undefined;
  } catch {
    return undefined;
  }
}
