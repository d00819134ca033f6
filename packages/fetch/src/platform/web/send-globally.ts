import type { Fetch } from "../../middleware/middleware.ts";

/** The given `fetch`. The errors of a browser quote nothing, so its own is called as it is. */
export function fetchOf(given: Fetch | undefined): Fetch | undefined {
  return given;
}

/** The error as it is. */
export function withoutBytes(error: unknown): unknown {
  return error;
}
