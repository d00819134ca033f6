/**
 * Parses JSON that every reader reads alike: `undefined` for what is not JSON, and for objects with a name twice, of which
 * one parser takes the first and another the last (RFC 8259 section 4).
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

/** `text` is known to be valid JSON: only strings and brackets need to be told apart. */
function repeatsName(text: string): boolean {
  const objects: (Set<string> | undefined)[] = [];
  let atName = false;
  for (let index = 0; index < text.length; index++) {
    switch (text[index]) {
      case "{":
        objects.push(new Set());
        atName = true;
        break;
      case "[":
        objects.push(undefined);
        atName = false;
        break;
      case "}":
      case "]":
        objects.pop();
        atName = false;
        break;
      case ",":
        atName = objects.at(-1) !== undefined;
        break;
      case '"': {
        const start = index;
        while (text[++index] !== '"') if (text[index] === "\\") index++;
        if (!atName) break;
        atName = false;
        const name = JSON.parse(text.slice(start, index + 1)) as string;
        const names = objects.at(-1);
        if (names?.has(name) === true) return true;
        names?.add(name);
        break;
      }
    }
  }
  return false;
}
