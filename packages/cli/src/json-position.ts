/**
 * The line of the value at a JSON pointer (RFC 6901), counted from 1. If the value is missing, the line of its nearest
 * ancestor. Text that is not JSON gives 1: the file may have changed since it was checked.
 */
export function lineOfPointer(json: string, pointer: string): number {
  if (!isJson(json)) return 1;
  const wanted = pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  let at = 0;
  let best = 0;

  const skipSpace = (): void => {
    while (/\s/.test(json[at] ?? "")) at += 1;
  };
  const readString = (): string => {
    const start = at;
    at += 1;
    while (json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
    at += 1;
    return JSON.parse(json.slice(start, at)) as string;
  };

  /** Reads one value. `depth`: how many parts of the pointer lead to it; -1 if the pointer leads elsewhere. */
  function readValue(depth: number): void {
    skipSpace();
    if (depth >= 0) best = at;
    const opening = json[at];
    if (opening === '"') return void readString();
    if (opening !== "{" && opening !== "[") {
      while (at < json.length && !/[\s,\]}]/.test(json[at] ?? "")) at += 1;
      return;
    }
    at += 1;
    for (let index = 0; ; index++) {
      skipSpace();
      if (json[at] === "}" || json[at] === "]") break;
      let name = String(index);
      if (opening === "{") {
        name = readString();
        skipSpace();
        at += 1;
      }
      readValue(depth >= 0 && depth < wanted.length && wanted[depth] === name ? depth + 1 : -1);
      skipSpace();
      if (json[at] === ",") at += 1;
    }
    at += 1;
  }

  readValue(0);
  return json.slice(0, best).split("\n").length;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A name that an object of a JSON text has twice. */
export interface RepeatedName {
  readonly line: number;
  /** The field, as a JSON pointer. */
  readonly pointer: string;
}

/**
 * Finds the first name that one object has twice. `JSON.parse` takes the last value, so a reader of the file may believe
 * another one. The text must be JSON.
 */
export function repeatedName(json: string): RepeatedName | undefined {
  interface Open {
    /** The names so far; a list has none. */
    readonly names: Set<string> | undefined;
    /** The name or index of the value that follows. */
    at: string | number;
    isNameNext: boolean;
  }
  const open: Open[] = [];
  for (const { 0: token, index } of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/gu)) {
    const inner = open.at(-1);
    if (token === "{") open.push({ names: new Set(), at: "", isNameNext: true });
    else if (token === "[") open.push({ names: undefined, at: 0, isNameNext: false });
    else if (token === "}" || token === "]") open.pop();
    else if (inner === undefined) continue;
    else if (token === ",") {
      inner.isNameNext = inner.names !== undefined;
      if (typeof inner.at === "number") inner.at += 1;
    } else if (inner.isNameNext) {
      inner.isNameNext = false;
      const name = JSON.parse(token) as string;
      inner.at = name;
      if (inner.names?.has(name) === true) {
        const pointer = open.map(({ at }) => `/${String(at).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
        return { line: json.slice(0, index).split("\n").length, pointer };
      }
      inner.names?.add(name);
    }
  }
  return undefined;
}
