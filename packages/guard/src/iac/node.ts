/** A value of a file, with the offset at which it begins. */
export type Node = ScalarNode | ListNode | MapNode | UnknownNode;

/** Text, a number, a flag or null. */
export interface ScalarNode {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** The texts that another reader of YAML may take it for; absent where all read it alike. */
  readonly also?: readonly string[];
  readonly at: number;
}

/** A list. */
export interface ListNode {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly at: number;
}

/** An object. */
export interface MapNode {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Entry>;
  readonly at: number;
}

/** A member of an object, with the offset of its name. */
export interface Entry {
  readonly at: number;
  readonly value: Node;
}

/** A value that the file does not say. */
export interface UnknownNode {
  readonly kind: "unknown";
  /** As it is written, such as `Ref Subnet`. */
  readonly expression: string;
  /** What would make it known. */
  readonly decidedBy: string;
  /** Set for a reference to a resource of the same file: the value is some text. */
  readonly text?: string;
  readonly at: number;
}

/** A file deeper than this is refused; AWS itself takes far less. */
export const MAX_DEPTH = 500;

/** The value of a member; `undefined` for other nodes and absent members. */
export function entry(node: Node | undefined, ...names: readonly string[]): Node | undefined {
  let found = node;
  for (const name of names) found = found?.kind === "map" ? found.entries.get(name)?.value : undefined;
  return found;
}

/** The text of a scalar; `undefined` for every other node. */
export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
}

/** Names that are one flag in YAML 1.1, where they stand without quotes. */
const flags = ["true True TRUE yes Yes YES on On ON", "false False FALSE no No NO off Off OFF"].map((names) =>
  names.split(" "),
);

/**
 * The name that a scalar says; `undefined` where some readers of the file may take it for another name that exists: `yes` without
 * quotes is `true` in YAML 1.1.
 */
export function nameSaid(node: Node | undefined, exists: (name: string) => boolean): string | undefined {
  const said = textOf(node);
  if (said === undefined || node?.kind !== "scalar" || node.also === undefined) return said;
  const others = node.also.flatMap((reading) => flags.find((names) => names.includes(reading)) ?? [reading]);
  return others.some((name) => name !== said && exists(name)) ? undefined : said;
}

/** Whether some members of an object stand outside the file: a macro, an include or a condition gives them. */
export function isExpanded(node: Node | undefined): boolean {
  return node?.kind === "map" && [...node.entries.keys()].some((name) => name.startsWith("Fn::"));
}

/** A member that stands in the file; `undefined` where a macro or an include beside it may give another. */
export function literalEntry(node: Node | undefined, ...names: readonly string[]): Node | undefined {
  let found = node;
  for (const name of names) found = isExpanded(found) ? undefined : entry(found, name);
  return found;
}

/** The node as plain data; unknown values are `undefined`. */
export function plain(node: Node | undefined): unknown {
  if (node === undefined || node.kind === "unknown") return undefined;
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plain);
  return Object.fromEntries([...node.entries].map(([name, { value }]) => [name, plain(value)]));
}

/** A place in a text, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Makes the function that turns an offset into a line and a column. */
export function positions(text: string): (offset: number) => Position {
  const starts = [0];
  for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  return function positionOf(offset) {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
