import { SignerError } from "../errors/error.ts";
import { shellWords } from "./shell-words.ts";

/** What a curl command line sends. */
export interface CurlRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | undefined;
}

/** Options that take a value and change nothing of the request (https://curl.se/docs/manpage.html). */
const ignored: ReadonlySet<string> = new Set(
  (
    "-o --output -m --max-time --connect-timeout --cacert --capath --resolve --connect-to --retry -x --proxy " +
    "-w --write-out --tls-max --ciphers --tls13-ciphers --curves -D --dump-header --interface"
  ).split(" "),
);

const data: ReadonlySet<string> = new Set(["-d", "--data", "--data-raw", "--data-ascii", "--data-binary"]);

/**
 * Reads a curl command line. Flags that do not change the request are passed over.
 *
 * @throws SignerError `INVALID_OPTION` for bodies in files, and for a command line without a URL.
 */
export function readCurlCommand(line: string): CurlRequest {
  const [, ...words] = shellWords(line.trim());
  const headers: (readonly [string, string])[] = [];
  const urls: string[] = [];
  let method: string | undefined;
  let body: string | undefined;
  for (let i = 0; i < words.length; i++) {
    const [option, attached] = splitOption(words[i] ?? "");
    const value = (): string => attached ?? words[++i] ?? "";
    if (!option.startsWith("-") || option === "--url") urls.push(option === "--url" ? value() : option);
    else if (option === "-H" || option === "--header") headers.push(...readHeader(value()));
    else if (option === "-A" || option === "--user-agent") headers.push(["user-agent", value()]);
    else if (option === "-X" || option === "--request") method = value();
    else if (option === "-I" || option === "--head") method ??= "HEAD";
    else if (data.has(option)) {
      const text = value();
      if (text.startsWith("@") && option !== "--data-raw") {
        throw new SignerError("INVALID_OPTION", `request: ${option} ${text} names a file; write the body itself`);
      }
      body = body === undefined ? text : `${body}&${text}`;
    } else if (ignored.has(option)) value();
  }
  const [url, ...more] = urls;
  if (url === undefined || more.length > 0 || !/^https?:\/\//i.test(url)) {
    throw new SignerError("INVALID_OPTION", "request: must have one http: or https: URL in the curl command");
  }
  const isTyped = headers.some(([name]) => name.toLowerCase() === "content-type");
  if (body !== undefined && !isTyped) headers.push(["content-type", "application/x-www-form-urlencoded"]);
  return { method: method ?? (body === undefined ? "GET" : "POST"), url, headers, body };
}

/** `--header=a: b` and `-Ha: b` carry their value with them. */
function splitOption(word: string): readonly [option: string, value?: string] {
  const [, option, value] = /^(--[\w-]+)=([^]*)$/.exec(word) ?? /^(-[HXdAomxwD])([^]+)$/.exec(word) ?? [];
  return option === undefined || value === undefined ? [word] : [option, value];
}

/** `Name: value`; `Name:` takes a header away, `Name;` sends an empty one. */
function readHeader(text: string): readonly (readonly [string, string])[] {
  const [, name = "", separator, value = ""] = /^([^:;\s]+)([:;])([^]*)$/.exec(text) ?? [];
  if (separator === ";") return [[name, ""]];
  return value.trim() === "" ? [] : [[name, value.trim()]];
}
