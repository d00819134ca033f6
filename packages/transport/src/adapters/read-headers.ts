import type { ReadHeaders } from "./exchange.ts";

/** Reads the headers that `node:http` gives as texts in Latin-1. Names that repeat get a list, as undici does it. */
export const readHeaders: ReadHeaders = (raw, into = {}) => {
  const headers: Record<string, string | string[]> = into;
  for (let index = 0; index < raw.length; index += 2) {
    const name = String(raw[index]).toLowerCase();
    const value = String(raw[index + 1]);
    const known = Object.hasOwn(headers, name) ? headers[name] : undefined;
    const both = known === undefined ? value : [known, value];
    if (Array.isArray(known)) known.push(value);
    // A name such as `__proto__`, or one of a polluted `Object.prototype`, is a name as any other: it is defined and not
    // set, by a descriptor that inherits nothing.
    else if (name in headers) {
      const descriptor: object = { __proto__: null, value: both, configurable: true, enumerable: true, writable: true };
      Object.defineProperty(headers, name, descriptor);
    } else headers[name] = value;
  }
  return headers;
};
