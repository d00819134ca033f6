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
      const request = input instanceof Request ? input : undefined;
      const url = attempt(
        () => new URL(input instanceof Request ? input.url : input),
        "input: must be a URL or a Request",
      );
      const headers = attempt(
        () => new Headers(init?.headers ?? request?.headers),
        "headers: must be what fetch takes",
      );
      const method = init?.method ?? request?.method;
      const signal = init?.signal ?? request?.signal;

      // Copies: the caller may change its objects while facts are looked up.
      let sent: RequestInit = { ...init, headers };
      let body: Uint8Array | undefined;
      if (needsBody({ url, headers })) {
        const given = init?.body ?? null;
        const source = given === null ? request?.clone() : new Response(given);
        body = new Uint8Array((await source?.arrayBuffer()) ?? new ArrayBuffer(0));
        const type = given === null ? null : source?.headers.get("content-type");
        if (typeof type === "string" && !headers.has("content-type")) headers.set("content-type", type);
        if (given !== null || request?.body) sent = { ...sent, body: body.slice() };
      }

      const call = readCall({ method, url, headers, body });
      if (call === undefined) return next(input, init);
      await listener.before(call, signal ?? undefined);
      const response = await next(request ?? url.href, sent);
      if (response.ok) listener.succeeded(call);
      return response;
    };
  };
}

/** The platform's own errors quote what was given, which may hold a password. */
function attempt<Value>(make: () => Value, message: string): Value {
  try {
    return make();
  } catch {
    return refuseOption(message, message.slice(0, message.indexOf(":")));
  }
}
