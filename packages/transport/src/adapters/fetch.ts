import type { Dispatcher } from "undici";

// Taken when the module loads: a `fetch` that is put in its place later might ignore the dispatcher, and with it the policy.
const nativeFetch = globalThis.fetch;

/**
 * The global `fetch` over a dispatcher. It is not undici's own: that one turns away the global `Request` and makes a
 * string of the global `FormData`.
 */
export function createFetch(dispatcher: Dispatcher): typeof globalThis.fetch {
  return function fetch(input, init) {
    return nativeFetch(input, { ...init, dispatcher } as RequestInit);
  };
}
