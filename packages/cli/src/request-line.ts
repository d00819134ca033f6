import { isLoopbackHost } from "@countersign/signer/endpoints";
import { usageError } from "./cli-error.ts";
import { type OptionSpecs, type OptionValues, text, texts } from "./command.ts";
import { readInput } from "./input.ts";

/** Options that describe a request, with curl's names. */
export const REQUEST_OPTIONS: OptionSpecs = {
  request: { type: "string", short: "X", value: "METHOD", help: "method; default: POST with data, else GET" },
  header: { type: "string", short: "H", multiple: true, value: "'NAME: VALUE'", help: "a header; may be repeated" },
  data: { type: "string", short: "d", value: "DATA|@FILE", help: "the body: text, @FILE, or @- for standard input" },
  service: { type: "string", value: "NAME", help: "service to sign for; default: the host's" },
};

/** A request from the command line. */
export interface RequestLine {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: Uint8Array;
}

/** @throws CliError `USAGE` for a missing URL, one over plain HTTP, and a header without a colon. */
export function readRequestLine(positionals: readonly string[], options: OptionValues): RequestLine {
  const [address, ...more] = positionals;
  if (address === undefined) throw usageError("URL: must be given");
  if (more.length > 0) throw usageError(`URL: must be one, not also ${JSON.stringify(more[0])}`);
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `https://${address}`;
  if (!URL.canParse(url))
    throw usageError(`URL: must be one such as https://HOST/PATH, not ${JSON.stringify(address)}`);
  checkScheme(new URL(url));
  const data = text(options, "data");
  const method = text(options, "request") ?? (data === undefined ? "GET" : "POST");
  const headers = texts(options, "header").map(readHeader);
  return { method, url, headers, ...(data === undefined ? {} : { body: readInput(data) }) };
}

/** A signed request over plain HTTP shows its signature and session token to the network. */
function checkScheme({ protocol, hostname }: URL): void {
  if (protocol === "https:" || protocol === "wss:") return;
  if ((protocol === "http:" || protocol === "ws:") && isLoopbackHost(hostname)) return;
  throw usageError(`URL: must be https:, not ${protocol}; http: only to this machine`);
}

function readHeader(line: string): readonly [string, string] {
  const colon = line.indexOf(":");
  if (colon < 1) throw usageError(`--header: must be 'NAME: VALUE', not ${JSON.stringify(line)}`);
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}
