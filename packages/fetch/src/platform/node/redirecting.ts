import { createEmitter } from "@countersign/signer";
import { refuse } from "../../errors/fetch-error.ts";
import type { HostGate } from "../../hosts/host-gate.ts";
import { isRedirect } from "../../middleware/is-redirect.ts";
import type { Step } from "../../middleware/middleware.ts";
import { isStream, type Outgoing } from "../../call/outgoing.ts";
import type { RedirectOptions } from "../../middleware/redirect.ts";

/** As many as fetch itself follows (https://fetch.spec.whatwg.org/#http-redirect-fetch). */
const MOST_HOPS = 20;

/** A body's own headers, which go when it goes (https://fetch.spec.whatwg.org/#request-body-header-name). */
const BODY_HEADER = /^content-/;

/** What belongs to the origin it was meant for. */
const ORIGIN_HEADER = /^(?:proxy-)?authorization$|^cookie$/;

/** Follows a redirect, to be signed anew, where the gate admits its target. */
export function redirecting({ gate, clock, onEvent }: RedirectOptions): Step {
  const emit = createEmitter(onEvent, clock);
  return (next) =>
    async function followIfAllowed(first) {
      const { redirect } = first.init;
      for (let call = first, hops = 0; ; hops++) {
        const response = await next(call);
        if (redirect === "manual" || !isRedirect(response)) return response;

        const target = targetOf(response, call.url);
        const refusal =
          response.type === "opaqueredirect"
            ? "a browser does not show where to"
            : redirect === "error"
              ? 'redirect: "error" was asked for'
              : hops >= MOST_HOPS
                ? `after ${MOST_HOPS} redirects`
                : refusalOf(gate, target, call, response.status, first.url.port);
        await response.body?.cancel().catch(() => undefined);
        if (refusal === undefined && target !== undefined) {
          call = redirected(call, target, response.status);
          continue;
        }
        const { host } = call.url;
        const { status } = response;
        const location = target === undefined ? "" : target.origin + target.pathname;
        emit("redirect.refused", () => ({ host, location, status }));
        refuse(
          "REDIRECT_REFUSED",
          `${host} redirected (${status})${target === undefined ? "" : ` to ${target.host}`}, which was not followed: ` +
            `${refusal}. Allow it in allowedHosts, or pass redirect: "manual".`,
        );
      }
    };
}

function refusalOf(
  gate: HostGate | undefined,
  target: URL | undefined,
  { url, init }: Outgoing,
  status: number,
  ownPort: string,
): string | undefined {
  if (target === undefined) return "its Location cannot be parsed, or names a user";
  if (gate === undefined) return "no allowedHosts were given";
  if (url.protocol === "https:" && target.protocol !== "https:") return "it leaves TLS";
  if (isStream(init.body) && !becomesGet(init.method, status)) return "its stream is spent";
  try {
    gate(target, ownPort);
    return undefined;
  } catch {
    return "it is not in allowedHosts";
  }
}

/** The same call to another URL, which the caller's Request cannot carry. */
function redirected({ url, init }: Outgoing, target: URL, status: number): Outgoing {
  const headers = new Headers(init.headers);
  const dropsBody = becomesGet(init.method, status);
  const leaves = target.origin !== url.origin;
  for (const name of Array.from(headers.keys())) {
    if ((dropsBody && BODY_HEADER.test(name)) || (leaves && ORIGIN_HEADER.test(name))) headers.delete(name);
  }
  const change = dropsBody ? { method: "GET", headers, body: null } : { headers };
  return { input: target.href, url: target, init: { ...init, ...change } };
}

/** 303, and by old custom a POST under 301 and 302, continue as GET without a body. */
function becomesGet(method: string, status: number): boolean {
  return status === 303 ? method !== "GET" && method !== "HEAD" : status < 303 && method === "POST";
}

function targetOf(response: Response, base: URL): URL | undefined {
  try {
    const target = new URL(response.headers.get("location") ?? "", base);
    target.hash = "";
    return target.username === "" && target.password === "" ? target : undefined;
  } catch {
    return undefined;
  }
}
