/** No chain of causes that Node or undici makes is longer. */
const maxDepth = 4;

/** More text than any of Node's, OpenSSL's or undici's messages has. */
const maxMessage = 500;

/**
 * A copy of an error of Node, OpenSSL or undici that is safe to log: its name, code, message and stack, and nothing
 * else.
 *
 * Parser errors carry the bytes that the peer sent (`rawPacket`, `data`), and a peer may echo credentials. URL errors
 * carry their input, and certificate errors a whole certificate.
 */
export function cleanCause(error: unknown, depth = 0): Error | undefined {
  if (!(error instanceof Error) || depth === maxDepth) return undefined;
  const { code, cause, errors } = error as Error & { readonly code?: unknown; readonly errors?: unknown };
  const [first] = Array.isArray(errors) ? (errors as unknown[]) : [];
  const inner = cleanCause(cause ?? first, depth + 1);
  const message = error.message.slice(0, maxMessage);
  const copy = new Error(message, inner === undefined ? undefined : { cause: inner });
  const frames = error.stack?.split("\n").filter((line) => line.startsWith("    at ")) ?? [];
  const fields = {
    name: error.name,
    stack: [`${error.name}: ${message}`, ...frames].join("\n"),
    ...(typeof code === "string" ? { code } : undefined),
  };
  for (const [name, value] of Object.entries(fields)) {
    const parts = { value, enumerable: name === "code", configurable: true, writable: true };
    // A descriptor that inherits would read `get` and `set` of a polluted `Object.prototype`.
    Object.defineProperty(copy, name, { __proto__: null, ...parts } as object);
  }
  return copy;
}
