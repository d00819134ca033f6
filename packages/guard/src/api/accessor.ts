import { pointerOf } from "../evaluate/pointer.ts";

/** No input of the API nests deeper; what lies deeper is refused for its depth. */
const MAX_DEPTH = 64;

/**
 * JSON pointer to the first member whose value a function makes; `undefined` where an input is plain data. Such a member may
 * answer the guard in one way and the client that sends the request in another.
 */
export function accessorIn(input: unknown): string | undefined {
  const seen = new Set<object>();
  return find(input, []);

  function find(value: unknown, keys: readonly string[]): string | undefined {
    if (typeof value !== "object" || value === null || seen.has(value) || keys.length > MAX_DEPTH) return undefined;
    seen.add(value);
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
      const path = [...keys, key.slice(0, 64)];
      // A descriptor of data inherits what a polluted `Object.prototype` has.
      if (Object.hasOwn(descriptor, "get")) return pointerOf(path);
      const found = find(descriptor.value, path);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
