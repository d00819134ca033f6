import { junk } from "./junk.ts";
import type { LeftOut } from "./variants.ts";

/** Gives `Object.prototype` a value under the name that a call leaves out. As an option it would be refused. */
export function pollute({ name, wrong }: LeftOut): () => void {
  // oxlint-disable-next-line no-extend-native -- the attack itself
  Object.defineProperty(Object.prototype, name, { value: junk[wrong](), configurable: true, writable: true });
  return () => void Reflect.deleteProperty(Object.prototype, name);
}
