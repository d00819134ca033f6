import type { Node, ScalarNode } from "../node.ts";
import { NOTHING, type Resolved } from "./evaluation.ts";

/** What decides a text that readers of YAML take for different ones. */
export const quotes = "a value in quotes, which all versions of YAML read alike";

/** The text of a scalar other than null. */
export function scalarText(node: Node | undefined): string | undefined {
  return node?.kind === "scalar" && node.value !== null ? String(node.value) : undefined;
}

/** The text of a value that all readers of the file read alike. */
export function sameText(node: Resolved): string | undefined {
  return node === NOTHING || (node.kind === "scalar" && node.also !== undefined) ? undefined : scalarText(node);
}

/** The texts that a value may be read as. */
function readingsOf(node: Resolved): readonly string[] {
  const text = node === NOTHING ? undefined : scalarText(node);
  return text === undefined ? [] : [text, ...((node as ScalarNode).also ?? [])];
}

/** Whether two texts are equal in every reading of the file; `undefined` where its readers differ, or one is not known. */
export function isEqual(left: Resolved, right: Resolved): boolean | undefined {
  const [one, other] = [readingsOf(left), readingsOf(right)];
  if (one.length === 0 || other.length === 0) return undefined;
  if (!one.some((text) => other.includes(text))) return false;
  return one.length === other.length && one.every((text, index) => text === other[index]) ? true : undefined;
}

/** Whether a value holds a scalar that another reader of YAML takes for another text. */
export function isReadTwice(node: Resolved | undefined): boolean {
  if (node === undefined || node === NOTHING) return false;
  if (node.kind === "scalar") return node.also !== undefined;
  if (node.kind === "list") return node.items.some(isReadTwice);
  return node.kind === "map" && [...node.entries.values()].some(({ value }) => isReadTwice(value));
}
