import type { Dispatcher } from "undici";
import { awaitErrors } from "./body-stream.ts";
import { type TransportError, invalidHeader, invalidRequest } from "../errors/error.ts";

// Taken when the module loads: a `fetch` that replaces the global one later might ignore the dispatcher, and with it the
// policy. `Request` and `Headers` are read when they are needed, because Node loads all of its `fetch` with them.
const nativeFetch = globalThis.fetch;

type Input = Parameters<typeof globalThis.fetch>[0];
type Init = Parameters<typeof globalThis.fetch>[1];

/**
 * The global `fetch` over a dispatcher. undici's own `fetch` refuses the global `Request` and turns the global `FormData`
 * into a string.
 */
export function createFetch(dispatcher: Dispatcher): typeof globalThis.fetch {
  return async function fetch(input, init) {
    // Only own properties of a plain object are read. A `Request` as `init` has accessors, which a copy would lose.
    const given = init instanceof Request ? new Request(input, init) : input;
    const own = init instanceof Request ? {} : init;
    try {
      const copy: NonNullable<Init> = { __proto__: null, ...own } as object;
      awaitErrors(copy.body);
      const signal = copy.signal ?? (given instanceof Request ? given.signal : undefined);
      return await nativeFetch(given, {
        ...copy,
        __proto__: null,
        dispatcher: withSignal(dispatcher, signal),
      } as RequestInit);
    } catch (error) {
      throw isArgumentError(error) ? argumentError(input, init) : error;
    }
  };
}

/** The global `fetch` does not hand its signal on, and a dispatcher without it goes on connecting. */
function withSignal(dispatcher: Dispatcher, signal: AbortSignal | null | undefined): Pick<Dispatcher, "dispatch"> {
  if (signal === null || signal === undefined) return dispatcher;
  return { dispatch: (options, handler) => dispatcher.dispatch({ ...options, signal } as typeof options, handler) };
}

/** Network errors have a cause. The errors for arguments have none, or Node's error for a URL. */
function isArgumentError(error: unknown): boolean {
  if (!(error instanceof TypeError)) return false;
  const cause = error.cause as { readonly code?: unknown } | undefined;
  return cause === undefined || cause.code === "ERR_INVALID_URL";
}

/** `fetch`'s own messages quote header values and URLs with their passwords, so this error replaces them. */
function argumentError(input: Input, init: Init): TypeError {
  const cause = wrongUrl(input) ?? wrongHeader(init?.headers) ?? invalidRequest(`request: must be what fetch accepts`);
  return new TypeError(cause.message, { cause });
}

function wrongUrl(input: Input): TransportError | undefined {
  if (input instanceof Request) return undefined;
  const url = urlOf(input);
  if (url === undefined) return invalidRequest("url: must be an absolute https: URL");
  if (url.username === "" && url.password === "") return undefined;
  return invalidRequest("url: must not have a user name or password; use headers");
}

function urlOf(input: unknown): URL | undefined {
  try {
    return new URL(input as string | URL);
  } catch {
    return undefined;
  }
}

function wrongHeader(headers: NonNullable<Init>["headers"]): TransportError | undefined {
  if (headers instanceof Headers) return undefined;
  const entries: unknown[] =
    Symbol.iterator in Object(headers) ? [...(headers as Iterable<unknown>)] : Object.entries(Object(headers));
  for (const entry of entries) {
    const [name, value] = Array.isArray(entry) ? (entry as [string, string]) : ["", ""];
    try {
      new Headers().append(name, value);
    } catch {
      return invalidHeader(name);
    }
  }
  return undefined;
}
