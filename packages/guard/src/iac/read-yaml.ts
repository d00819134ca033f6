import {
  type Alias,
  Composer,
  type CST,
  Lexer,
  type Node as YamlNode,
  Parser,
  type Scalar,
  isAlias,
  isMap,
  isScalar,
  isSeq,
} from "yaml";
import { functions } from "./functions.ts";
import { type Entry, MAX_DEPTH, type Node } from "./node.ts";
import { otherReadings } from "./plain-scalar.ts";
import { readPlainYaml } from "./plain-yaml/read-plain-yaml.ts";
import { refuseFile } from "./unreadable.ts";

/** Ten aliases of ten aliases … make a file of a kilobyte larger than any memory. */
const MAX_REPEATED = 100_000;

const tags = [...functions.keys()].flatMap((tag) => [
  { tag, resolve: (text: string) => text },
  { tag, collection: "seq" as const },
  { tag, collection: "map" as const },
]);

/** CloudFormation, which reads YAML 1.1, ends a line and a comment here; the library, which reads YAML 1.2, does not. */
const otherLineBreak = /[\u0085\u2028\u2029]|\r(?!\n)/;

/** Tags of YAML's own that change no value. */
const plainTag = /^(?:!|tag:yaml\.org,2002:(?:str|seq|map))$/;

/**
 * Reads YAML with the offset of each value. The short forms of intrinsic functions become their long ones: `!Ref A` is
 * `{ "Ref": "A" }`. The library reads everything; the forms that most templates consist of are read without it, because it
 * takes a megabyte a second.
 *
 * @throws GuardError `TEMPLATE_UNREADABLE`.
 */
export function readYaml(text: string): Node {
  const other = otherLineBreak.exec(text);
  if (other !== null)
    refuseFile("a line break that YAML 1.1 and 1.2 read in two ways; end lines with LF or CRLF", text, other.index);
  return readPlainYaml(text) ?? readAnyYaml(text);
}

/** Reads YAML by the library. */
export function readAnyYaml(text: string): Node {
  // The steps of the library's parseAllDocuments, without its extract of the file for each error: a line of quotes has an
  // error in every character.
  const composer = new Composer({
    customTags: tags,
    logLevel: "silent",
    // Names are compared below: the library compares each with all others.
    uniqueKeys: false,
    merge: true,
  });
  const [document, second] = composer.compose(tokensOf(text));
  if (document === undefined) return refuseFile("the file is empty");
  if (second !== undefined) refuseFile("the file must have one YAML document, and has several");
  const [error] = document.errors;
  if (error !== undefined) refuseFile(`not YAML (${error.code})`, text, error.pos[0]);
  const known = new Map<
    YamlNode,
    { readonly node: Node; readonly size: number; readonly height: number } | undefined
  >();
  /** The last node of each anchor: the library looks for it from the start of the file, again for each alias. */
  const anchors = new Map<string, YamlNode>();
  /** How many values the file has, those that aliases repeat counted each time. */
  let values = 0;
  let repeated = 0;
  /** The depth of the deepest value so far in the node that is being read. */
  let deepest = 0;
  return convert(document.contents, 0);

  function convert(node: YamlNode | null, depth: number): Node {
    const at = node?.range?.[0] ?? 0;
    if (node === null) return { kind: "scalar", value: null, at };
    if (depth > MAX_DEPTH) refuseFile(`nested more than ${MAX_DEPTH} levels deep`, text, at);
    if (isAlias(node)) return target(node, at, depth);
    const before = values++;
    const around = deepest;
    deepest = depth;
    if (node.anchor !== undefined) {
      anchors.set(node.anchor, node);
      // An anchored node that refers to itself has no end.
      known.set(node, undefined);
    }
    const value = isMap(node)
      ? convertMap(node.items as readonly { key: YamlNode | null; value: YamlNode | null }[], at, depth)
      : isSeq(node)
        ? ({ kind: "list", items: node.items.map((item) => convert(item as YamlNode, depth + 1)), at } as const)
        : convertScalar(node, at);
    const name = node.tag === undefined ? undefined : functionOf(node.tag, at);
    const result: Node = name === undefined ? value : { kind: "map", entries: new Map([[name, { at, value }]]), at };
    if (node.anchor !== undefined) known.set(node, { node: result, size: values - before, height: deepest - depth });
    deepest = Math.max(around, deepest);
    return result;
  }

  /** The function that a tag is short for: one that the table does not have is a function of no known value. */
  function functionOf(tag: string, at: number): string | undefined {
    if (plainTag.test(tag)) return undefined;
    if (/^![A-Za-z]/.test(tag)) return functions.get(tag) ?? `Fn::${tag.slice(1)}`;
    return refuseFile(`the tag ${JSON.stringify(tag.slice(0, 64))} may give the value another reading`, text, at);
  }

  function target(alias: Alias, at: number, depth: number): Node {
    const anchored = anchors.get(alias.source);
    if (anchored === undefined) return refuseFile(`the alias *${alias.source.slice(0, 64)} has no anchor`, text, at);
    if (known.has(anchored) && known.get(anchored) === undefined)
      return refuseFile(`the anchor &${alias.source.slice(0, 64)} refers to itself`, text, at);
    const earlier = known.get(anchored);
    if (earlier === undefined) return convert(anchored, depth + 1);
    // An alias in an anchored node that another alias repeats is as deep as both together.
    if (depth + earlier.height > MAX_DEPTH) refuseFile(`nested more than ${MAX_DEPTH} levels deep`, text, at);
    deepest = Math.max(deepest, depth + earlier.height);
    values += earlier.size;
    repeated += earlier.size;
    if (repeated > MAX_REPEATED) refuseFile(`aliases must repeat at most ${MAX_REPEATED} values`, text, at);
    return earlier.node;
  }

  function convertMap(
    items: readonly { readonly key: YamlNode | null; readonly value: YamlNode | null }[],
    at: number,
    depth: number,
  ): Node {
    const entries = new Map<string, Entry>();
    /** The names, as every reader of the file reads them. */
    const readings = new Set<string>();
    const merged: Node[] = [];
    let merges = 0;
    for (const { key, value } of items) {
      const keyAt = key?.range?.[0] ?? at;
      if (!isScalar(key)) return refuseFile("a name must be text", text, keyAt);
      const name = nameOf(key);
      if (key.anchor !== undefined) anchors.set(key.anchor, key);
      const converted = convert(value, depth + 1);
      // In quotes it is a name as any other.
      const isPlain = key.type === "PLAIN";
      if (name === "<<" && isPlain) {
        // Readers differ in which of two counts.
        if (++merges > 1) refuseFile("the object has the name << twice", text, keyAt);
        merged.push(...(converted.kind === "list" ? converted.items : [converted]));
        continue;
      }
      const also = isPlain ? readingsOf(key, name) : new Set([name]);
      for (const reading of also) {
        if (readings.has(reading))
          refuseFile(`the object has the name ${JSON.stringify(name.slice(0, 64))} twice`, text, keyAt);
      }
      for (const reading of also) readings.add(reading);
      entries.set(name, { at: keyAt, value: converted });
    }
    for (const from of merged) {
      if (from.kind !== "map") return refuseFile("<< must be followed by objects", text, from.at);
      for (const [name, inherited] of from.entries) if (!entries.has(name)) entries.set(name, inherited);
    }
    return { kind: "map", entries, at };
  }

  function convertScalar({ value, source, type, tag }: Scalar, at: number): Node {
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      const also = type === "PLAIN" && tag === undefined ? otherReadings(source ?? "", value) : undefined;
      return also === undefined ? { kind: "scalar", value, at } : { kind: "scalar", value, also, at };
    }
    return { kind: "scalar", value: source ?? "", at };
  }
}

/**
 * The tokens of a file that is not nested too deeply. The library composes them by recursion, and V8 ends the process where
 * the stack is full when a regular expression is compiled.
 *
 * @throws GuardError `TEMPLATE_UNREADABLE`.
 */
function* tokensOf(text: string): Generator<CST.Token> {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    // The document is the first entry, a scalar may be the last.
    if (parser.stack.length > MAX_DEPTH + 2)
      refuseFile(`nested more than ${MAX_DEPTH} levels deep`, text, parser.offset);
  }
  yield* parser.end();
}

/** Names such as 10 or true are text in a template. */
function nameOf({ value, source }: Scalar): string {
  if (typeof value === "symbol") return "<<";
  return typeof value === "string" ? value : (source ?? String(value));
}

/** What a name without quotes may be read as: `yes` is true in YAML 1.1, and `010` is 8. */
function readingsOf({ value, source }: Scalar, name: string): ReadonlySet<string> {
  return new Set([name, String(value), ...(otherReadings(source ?? name, value) ?? [])]);
}
