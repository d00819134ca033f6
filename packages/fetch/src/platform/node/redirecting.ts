import { createEmitter } from "@countersign/signer";
import { refuse } from "../../errors/fetch-error.ts";
import type { HostGate } from "../../hosts/host-gate.ts";
import { isRedirect } from "../../middleware/is-redirect.ts";
import { isStream, type Outgoing } from "../../call/outgoing.ts";
import type { RedirectOptions } from "../../middleware/redirect-options.ts";
import type { Step } from "../../middleware/step.ts";
import { own } from "../../call/own.ts";

/** As many as fetch itself follows (https://fetch.spec.whatwg.org/#http-redirect-fetch). */
const MAX_HOPS = 20;

/** The headers that describe a body, which are dropped together with it (https://fetch.spec.whatwg.org/#request-body-header-name). */
const BODY_HEADER = /^content-/;

/** Headers that were meant for the first origin only. */
const ORIGIN_HEADER = /^(?:proxy-)?authorization$|^cookie$/;

/** Follows a redirect where the gate admits its target; the next step signs anew. */
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
            ? "a browser does not show where it leads"
            : redirect === "error"
              ? 'the call has redirect: "error"'
              : hops >= MAX_HOPS
                ? `it follows ${MAX_HOPS} others`
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
          `redirect: must lead to a host in allowedHosts; ${host} answered ${status}` +
            `${target === undefined ? "" : ` to ${target.host}`}, and ${refusal}. Add the host, or pass redirect: "manual"`,
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
  if (target === undefined) return "its Location cannot be parsed or holds a user name";
  if (gate === undefined) return "allowedHosts is not given";
  if (url.protocol === "https:" && target.protocol !== "https:") return "it leaves TLS";
  if (isStream(init.body) && !becomesGet(init.method, status))
    return "its body was a stream, which can be sent only once";
  try {
    gate(target, ownPort);
    return undefined;
  } catch {
    return "it is not in allowedHosts";
  }
}

/** The same call to another URL. The input is text, because the caller's Request holds the first URL. */
function redirected({ url, init }: Outgoing, target: URL, status: number): Outgoing {
  const headers = new Headers(init.headers);
  const dropsBody = becomesGet(init.method, status);
  const leaves = target.origin !== url.origin;
  for (const name of Array.from(headers.keys())) {
    if ((dropsBody && BODY_HEADER.test(name)) || (leaves && ORIGIN_HEADER.test(name))) headers.delete(name);
  }
  const change = dropsBody ? { method: "GET", headers, body: null } : { headers };
  return { input: target.href, url: target, init: own(init, change) };
}

/** After a 303, and for a POST after 301 and 302, fetch continues with GET and without a body. */
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
