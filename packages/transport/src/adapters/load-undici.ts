import type { UndiciParts } from "./undici-parts.ts";

/** Loads undici's parts, once. */
export interface UndiciLoader {
  /** The parts, once they are loaded. */
  readonly parts: UndiciParts | undefined;
  readonly load: () => Promise<UndiciParts>;
}

/**
 * The loader of this process. Loading undici takes longer than a whole first request, so requests go over `node:http`
 * until a process sends many.
 */
export const undici: UndiciLoader = createLoader();

function createLoader(): UndiciLoader {
  let loading: Promise<UndiciParts> | undefined;
  const loader = {
    parts: undefined as UndiciParts | undefined,
    load: () => (loading ??= import("./undici-parts.ts").then(({ undiciParts }) => (loader.parts = undiciParts))),
  };
  return loader;
}
