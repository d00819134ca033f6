/**
 * The line of the value at a JSON pointer (RFC 6901), counted from 1. If the value is missing, the line of its nearest
 * ancestor. The text must be JSON.
 */
export function lineOfPointer(json: string, pointer: string): number {
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
