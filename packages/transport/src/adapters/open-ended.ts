import { TransportError } from "../errors/error.ts";

/**
 * Whether only the end of its connection ends an answer of HTTP/1 (RFC 9112, section 6.3). Over TLS such an answer is
 * complete only if the server closed TLS (section 9.8). Node does not tell whether it did or the connection was cut
 * below it, which anyone on the way can do.
 *
 * @param raw names and values in turn, as undici and `node:http` give them.
 */
export function isOpenEnded(method: string, status: number, raw: readonly (Buffer | string)[]): boolean {
  if (method === "HEAD" || status === 204 || status === 304) return false;
  let coding: string | undefined;
  let hasLength = false;
  for (let index = 0; index < raw.length; index += 2) {
    const { length } = raw[index] ?? "";
    // Most names have another length, and need no comparison.
    if (length === 14) hasLength ||= String(raw[index]).toLowerCase() === "content-length";
    else if (length === 17 && String(raw[index]).toLowerCase() === "transfer-encoding") coding = String(raw[index + 1]);
  }
  return coding === undefined ? !hasLength : !/(?:^|[\s,])chunked\s*$/i.test(coding);
}

/** The error for an answer whose end nothing proves. */
export function endUnproven(host: string): TransportError {
  return new TransportError(
    "RESPONSE_INVALID",
    `${host}: the end of the answer is not proven; the server must send content-length or chunks`,
    { phase: "response", sent: true },
  );
}
