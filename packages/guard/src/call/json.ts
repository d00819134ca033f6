/**
 * Parses JSON that all parsers read alike. `undefined` for text that is not JSON, and for an object with a repeated
 * name, whose first value one parser takes and whose last value another takes (RFC 8259 section 4).
 */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return repeatsName(text) ? undefined : { value };
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const BRACKET_END = 0x5d;
const BRACE = 0x7b;
const BRACE_END = 0x7d;

/** `text` is known to be valid JSON: only strings and brackets need to be told apart. */
function repeatsName(text: string): boolean {
  const objects: (Set<string> | undefined)[] = [];
  let names: Set<string> | undefined;
  let atName = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      const end = endOfString(text, index);
      if (atName) {
        const written = text.slice(index, end + 1);
        const name = written.includes("\\") ? (JSON.parse(written) as string) : written.slice(1, -1);
        if (names?.has(name) === true) return true;
        names?.add(name);
        atName = false;
      }
      index = end;
    } else if (code === COMMA) {
      atName = names !== undefined;
    } else if (code === BRACE || code === BRACKET) {
      names = code === BRACE ? new Set() : undefined;
      objects.push(names);
      atName = names !== undefined;
    } else if (code === BRACE_END || code === BRACKET_END) {
      objects.pop();
      names = objects.at(-1);
      atName = false;
    }
  }
  return false;
}

/** Where the string that begins at `start` ends: at the next quote that no odd run of backslashes stands before. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
}
