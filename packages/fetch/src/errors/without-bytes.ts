/** How many causes are looked at: a foreign error may be its own cause. */
const MAX_DEPTH = 8;

/**
 * The error without what it quotes of the wire, its causes too: undici puts the bytes that it could not parse into `data`,
 * and a server may have sent back the headers of the request.
 */
export function withoutBytes(error: unknown): unknown {
  dropData(error, MAX_DEPTH);
  return error;
}

function dropData(error: unknown, depth: number): void {
  // Also one of another realm, whose constructor is another: test runners have their own.
  const isError = error instanceof Error || Object.prototype.toString.call(error) === "[object Error]";
  if (!isError || depth === 0) return;
  const { data, cause, errors } = error as Error & Readonly<Record<"data" | "cause" | "errors", unknown>>;
  // Not a record, which may be part of the caller's own reason to abort.
  if (typeof data === "string" || ArrayBuffer.isView(data)) Reflect.deleteProperty(error as object, "data");
  dropData(cause, depth - 1);
  if (Array.isArray(errors)) for (const inner of errors) dropData(inner, depth - 1);
}
