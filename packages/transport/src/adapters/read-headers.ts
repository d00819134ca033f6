import type { ReadHeaders } from "./exchange.ts";

/** Reads the headers that `node:http` gives as texts in Latin-1. Names that repeat get a list, as undici does it. */
export const readHeaders: ReadHeaders = (raw, into = {}) => {
  const headers: Record<string, string | string[]> = into;
  for (let index = 0; index < raw.length; index += 2) {
    const name = String(raw[index]).toLowerCase();
    const value = String(raw[index + 1]);
    const known = Object.hasOwn(headers, name) ? headers[name] : undefined;
    if (Array.isArray(known)) known.push(value);
    // Defined and not set, so that `__proto__` is a name as any other.
    else {
      const both = known === undefined ? value : [known, value];
      Object.defineProperty(headers, name, { value: both, configurable: true, enumerable: true, writable: true });
    }
  }
  return headers;
};
