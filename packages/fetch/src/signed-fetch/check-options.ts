import { words } from "@countersign/signer";
import { refuse } from "../errors/fetch-error.ts";
import type { SignedFetchOptions } from "./create-signed-fetch.ts";

/** Says at once what cannot work. @throws FetchError `INVALID_OPTION`. */
export function checkOptions(options: SignedFetchOptions): void {
  const given = Object(options) as SignedFetchOptions;
  const { clock, fetch, middleware = [], onEvent, payload = "hash", maxBufferBytes = 0, signer } = given;
  const { credentials, region, service } = signer ?? given;
  const isFunction = (value: unknown): boolean => value === undefined || typeof value === "function";
  const isName = (value: unknown): boolean => value === undefined || (typeof value === "string" && value !== "");
  const holds = {
    credentials: credentials !== undefined,
    fetch: isFunction(fetch),
    clock: clock === undefined || typeof clock?.now === "function",
    onEvent: isFunction(onEvent),
    region: isName(region),
    service: isName(service),
    middleware: Array.isArray(middleware) && middleware.every((one) => typeof one === "function"),
    maxBufferBytes: typeof maxBufferBytes === "number" && maxBufferBytes >= 0,
    payload: payload === "hash" || payload === "unsigned" || /^[\da-f]{64}$/.test(payload?.sha256),
  };
  for (const [option, good] of Object.entries(holds)) {
    if (good) continue;
    const advice: Readonly<Record<string, string>> = words
      ? {
          credentials: "Neither signer nor credentials were given.",
          fetch: "fetch is no function: leave it out for the global one.",
          clock: "clock is none: make one with createClock().",
          onEvent: "onEvent is no function.",
          region: "region is empty: pass text, or leave it out to have it read from the host.",
          service: "service is empty: pass text, or leave it out to have it read from the host.",
          middleware: "middleware is no list of functions: pass [guard.middleware], say.",
          maxBufferBytes: `maxBufferBytes is ${maxBufferBytes}: pass a number of bytes.`,
          payload: "payload must be 'hash', 'unsigned' or { sha256 } of 64 lower-case hexadecimal digits.",
        }
      : {};
    refuse("INVALID_OPTION", advice[option] ?? option);
  }
}
