import { type Entry, MAX_DEPTH, type Node } from "./node.ts";
import { refuseFile } from "./unreadable.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** A number. `1.0`, `1e1` and numbers of more digits than a double holds are another text to readers that keep what is written. */
function numberOf(written: string, at: number): Node {
  const value = Number(written);
  return { kind: "scalar", value, at, ...(String(value) === written ? {} : { also: [written] }) };
}

/**
 * Reads JSON with the offset of each value (RFC 8259). A name that an object has twice is refused: parsers differ in which of
 * the two they take.
 *
 * @throws GuardError `TEMPLATE_UNREADABLE`.
 */
export function readJson(text: string): Node {
  let at = 0;
  const refuse = (fault: string): never => refuseFile(fault, text, at);
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const skip = (): void => {
    for (let code = text.charCodeAt(at); code === 32 || code === 10 || code === 13 || code === 9;)
      code = text.charCodeAt(++at);
  };
  const take = (character: string): boolean => {
    skip();
    if (text[at] !== character) return false;
    at++;
    return true;
  };

  function readText(): string {
    const start = at;
    let end = at + 1;
    let plain = true;
    for (let code = text.charCodeAt(end); code !== QUOTE; code = text.charCodeAt(end)) {
      if (end >= text.length) refuse("the text is not closed");
      if (code < FIRST_PRINTABLE || code === BACKSLASH) plain = false;
      end += code === BACKSLASH ? 2 : 1;
    }
    at = end + 1;
    if (plain) return text.slice(start + 1, end);
    try {
      return JSON.parse(text.slice(start, at)) as string;
    } catch {
      at = start;
      return refuse("the text has a control character, or an escape that JSON does not have");
    }
  }

  function readValue(depth: number): Node {
    if (depth > MAX_DEPTH) refuse(`nested more than ${MAX_DEPTH} levels deep`);
    skip();
    const start = at;
    switch (text[at]) {
      case "{": {
        at++;
        const entries = new Map<string, Entry>();
        if (take("}")) return { kind: "map", entries, at: start };
        do {
          skip();
          const nameAt = at;
          if (text[at] !== '"') refuse("a name in quotes must be here");
          const name = readText();
          if (entries.has(name)) {
            at = nameAt;
            refuse(`the object has the name ${JSON.stringify(name.slice(0, 64))} twice`);
          }
          if (!take(":")) refuse("a colon must be here");
          entries.set(name, { at: nameAt, value: readValue(depth + 1) });
        } while (take(","));
        if (!take("}")) refuse("a comma or } must be here");
        return { kind: "map", entries, at: start };
      }
      case "[": {
        at++;
        const items: Node[] = [];
        if (take("]")) return { kind: "list", items, at: start };
        do items.push(readValue(depth + 1));
        while (take(","));
        if (!take("]")) refuse("a comma or ] must be here");
        return { kind: "list", items, at: start };
      }
      case '"':
        return { kind: "scalar", value: readText(), at: start };
      default:
        for (const [word, value] of [
          ["true", true],
          ["false", false],
          ["null", null],
        ] as const)
          if (text.startsWith(word, at)) {
            at += word.length;
            return { kind: "scalar", value, at: start };
          }
        return numberOf(match(number) ?? refuse("a value must be here"), start);
    }
  }

  const value = readValue(0);
  skip();
  if (at < text.length) refuse("the file goes on after its value");
  return value;
}
