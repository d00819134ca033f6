/** The parts of an HTTP/1.1 message written down as text. */
export interface HttpMessage {
  readonly startLine: string;
  /** In the order they stand, a continued line joined with a space. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** Reads a message with CRLF or LF line ends; `undefined` if a header line is malformed. */
export function readHttpMessage(text: string): HttpMessage | undefined {
  const start = text.replace(/^\s+/, "");
  const [separator] = /\r?\n\r?\n/.exec(start) ?? [];
  const end = separator === undefined ? start.length : start.indexOf(separator);
  const [startLine = "", ...lines] = start
    .slice(0, end)
    .replaceAll(/\r?\n[ \t]+/g, " ")
    .split(/\r?\n/);
  const headers: (readonly [string, string])[] = [];
  for (const line of lines) {
    const [, name, value = ""] = /^([\w!#$%&'*+.^`|~-]+):(.*)$/.exec(line) ?? [];
    if (name !== undefined) headers.push([name, value.trim()]);
    else if (line.trim() !== "") return undefined;
  }
  const body = start.slice(end + (separator?.length ?? 0));
  const length = Number(headers.find(([name]) => name.toLowerCase() === "content-length")?.[1]);
  return { startLine, headers, body: withoutLastLineEnd(body, length) };
}

/** Editors end files with a line end that was never sent; the announced length tells. */
function withoutLastLineEnd(body: string, length: number): string {
  const shorter = body.replace(/\r?\n$/, "");
  return new TextEncoder().encode(shorter).length === length ? shorter : body;
}
