import { describe, expect, it } from "vitest";
import { createRequestHandler } from "../../src/adapters/request-handler.ts";
import { readHeaders } from "../../src/adapters/read-headers.ts";
import { cleanCause } from "../../src/errors/clean-cause.ts";
import { TransportError } from "../../src/index.ts";

const pollutions = ["get", "set", "value", "writable", "enumerable"].flatMap((name) =>
  ["evil", () => "evil"].map((value) => [name, value] as const),
);

/** Own properties of an error as a reader finds them. */
function shown(error: unknown): unknown {
  const { name, message, code, stack } = error as Error & { readonly code?: unknown };
  return { name, message, code, stack: stack?.split("\n")[0], keys: Object.keys(error as object) };
}

const request = { protocol: "https:", hostname: "h", method: "GET", path: "/", headers: {} };

async function timedOut(): Promise<unknown> {
  const lost = async (): Promise<never> => {
    throw new TransportError("CONNECTION_LOST", "h: lost", { phase: "request", sent: true });
  };
  const handler = createRequestHandler({ http1: lost, http2: lost, headersMs: 1, bodyMs: 1, bodyIdleMs: 1 });
  return shown(await handler.handle(request).catch((error: unknown) => error));
}

const parts: readonly [string, () => unknown][] = [
  [
    "the copy of a foreign error",
    () => shown(cleanCause(Object.assign(new Error("reset", { cause: new TypeError("t") }), { code: "ECONNRESET" }))),
  ],
  [
    "the headers of an answer",
    () => readHeaders(["A", "1", "a", "2", "b", "3", "__proto__", "4", "get", "5", "set", "6", "Set", "7"]),
  ],
  ["the error for an SDK client", timedOut],
];

describe.each(parts)("a polluted Object.prototype does not change %s", (_what, make) => {
  it.each(pollutions)("by %s, which is %s", async (name, value) => {
    const before = await make();
    Reflect.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    let after: unknown;
    try {
      after = await make();
    } finally {
      Reflect.deleteProperty(Object.prototype, name);
    }
    expect(after).toEqual(before);
  });
});
