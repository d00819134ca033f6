import { SignerError } from "../errors/error.ts";
import type { SignedRequest } from "../sigv4/request.ts";
import { readCurlCommand } from "./curl-command.ts";
import { readHttpMessage } from "./http-message.ts";
import { pastedText } from "./pasted-text.ts";

/**
 * Reads a request that was pasted: an HTTP/1.1 message, with CRLF or LF line ends and the URL or its path in the first
 * line, or a curl command.
 *
 * @throws SignerError `INVALID_OPTION` for text that is neither.
 *
 * @example
 * explainSigned(readRequestText("curl -H 'Authorization: AWS4-HMAC-SHA256 …' https://sts.eu-west-1.amazonaws.com/"));
 */
export function readRequestText(given: string): SignedRequest {
  const text = pastedText(given, "request");
  if (/^\s*curl\s/.test(text)) {
    const { method, url, headers, body } = readCurlCommand(text);
    return { method, url, headers: join(headers), ...(body !== undefined && { body }) };
  }
  const message = readHttpMessage(text);
  const [, method, target = ""] = /^([A-Z]+) (\S.*) HTTP\/\d(?:\.\d)?\s*$/.exec(message?.startLine ?? "") ?? [];
  const headers = join(message?.headers ?? []);
  const url = target.startsWith("/") ? `https://${headers["host"] ?? ""}${target}` : target;
  if (message === undefined || method === undefined || !/^https?:\/\/[^/]/i.test(url)) {
    throw new SignerError(
      "INVALID_OPTION",
      'request: must be "POST /path HTTP/1.1" with a Host header, headers, an empty line and the body, or a curl command',
    );
  }
  return { method, url, headers, body: message.body };
}

/** Lower-case names; the values of one name joined in order, as signing does. */
function join(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase();
    const before = headers.get(lower);
    headers.set(lower, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(headers);
}
