import type { Fetch, Middleware } from "@countersign/fetch";
import { callable } from "@countersign/signer/options";
import type { Call } from "./call/read-call.ts";
import { refuseOption } from "./error.ts";
import { needsBody, readCall } from "./call/read-call.ts";

/** The calls of the middleware to the guard. */
export interface CallListener {
  /** Rejects when the call must not be sent. */
  before(call: Call, signal: AbortSignal | undefined): Promise<void>;
  /** The service answered with success. */
  succeeded(call: Call): void;
}

/**
 * Judges the calls that go through a fetch. The body is read once, and exactly those bytes are sent on: what is judged is what
 * is signed, even if the caller changes its buffer meanwhile.
 */
export function createMiddleware(listener: CallListener): Middleware {
  return (next: Fetch): Fetch => {
    callable(next, "next", refuseOption);
    return async function guarded(input, init) {
      // Each member of the arguments is read once: an accessor, or a subclass of Request, may answer otherwise later.
      const given = snapshot(init);
      const request =
        input instanceof Request
          ? attempt(
              () => plainRequest(input, given?.body ?? undefined),
              "input: must be a URL or a Request that was not sent",
            )
          : undefined;
      const url = attempt(() => new URL(request?.url ?? (input as string | URL)), "input: must be a URL or a Request");
      const headers = attempt(
        () => new Headers(given?.headers ?? request?.headers),
        "headers: must be what fetch takes",
      );
      const method = given?.method ?? request?.method;
      const signal = given?.signal ?? request?.signal;

      // Copies: the caller may change its objects while facts are looked up.
      let sent: RequestInit = { ...given, headers };
      let body: Uint8Array | undefined;
      if (needsBody({ url, headers })) {
        const stated = given?.body ?? null;
        const source =
          stated === null
            ? attempt(() => request?.clone(), "input: must be a Request whose body was not read")
            : new Response(stated);
        body = new Uint8Array((await source?.arrayBuffer()) ?? new ArrayBuffer(0));
        const type = stated === null ? null : source?.headers.get("content-type");
        if (typeof type === "string" && !headers.has("content-type")) headers.set("content-type", type);
        if (stated !== null || request?.body) sent = { ...sent, body: body.slice() };
      }

      const call = readCall({ method, url, headers, body });
      if (call === undefined) return next(request ?? url.href, given === undefined ? undefined : sent);
      await listener.before(call, signal ?? undefined);
      const response = await next(request ?? url.href, sent);
      if (response.ok) listener.succeeded(call);
      return response;
    };
  };
}

/** The members that fetch reads of its options. */
const members = [
  "body",
  "cache",
  "credentials",
  "dispatcher",
  "duplex",
  "headers",
  "integrity",
  "keepalive",
  "method",
  "mode",
  "priority",
  "redirect",
  "referrer",
  "referrerPolicy",
  "signal",
  "window",
] as const;

/** A plain copy of the options: own members, and those of fetch that a class inherits. */
function snapshot(init: RequestInit | undefined): RequestInit | undefined {
  if (init === undefined || init === null) return undefined;
  const source = Object(init) as Readonly<Record<string, unknown>>;
  const copy: Record<string, unknown> = { ...source };
  for (const name of members) if (!Object.hasOwn(copy, name) && name in source) copy[name] = source[name];
  return copy;
}

/** What a copy takes from a Request whose body is replaced. */
const copied = [
  "method",
  "headers",
  "signal",
  "redirect",
  "credentials",
  "cache",
  "integrity",
  "keepalive",
  "referrerPolicy",
] as const;

/**
 * The Request itself when it can only answer as the platform does, else a copy of what the platform knows: a subclass, or
 * own members, may answer in another way each time.
 */
function plainRequest(given: Request, body: RequestInit["body"]): Request {
  if (Object.getPrototypeOf(given) === Request.prototype && Object.getOwnPropertyNames(given).length === 0)
    return given;
  if (body === undefined) return new Request(given);
  // The body of the Request may have been read already.
  const init: Record<string, unknown> = {};
  for (const name of copied) {
    const value: unknown = Reflect.get(Request.prototype, name, given);
    if (value !== undefined) init[name] = value;
  }
  return new Request(Reflect.get(Request.prototype, "url", given), init);
}

/** The platform's own errors quote what was given, which may hold a password. */
function attempt<Value>(make: () => Value, message: string): Value {
  try {
    return make();
  } catch {
    return refuseOption(message, message.slice(0, message.indexOf(":")));
  }
}
