import type { Readable } from "node:stream";

/** Whether a body is a stream of Node. */
export function isStream(body: unknown): body is Readable {
  const given = body as Partial<Readable> | null | undefined;
  return typeof given?.pipe === "function" && typeof given.on === "function" && typeof given.destroy === "function";
}

/**
 * Keeps the error of a body that breaks off while its request waits, for a connection or for its headers, from ending the
 * process: no other listener is there yet. The request fails with the error when its turn comes.
 */
export function awaitErrors(body: unknown): void {
  if (isStream(body)) body.on("error", ignore);
}

function ignore(): void {}
