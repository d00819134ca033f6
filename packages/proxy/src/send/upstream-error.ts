import { errorCode } from "@countersign/fetch/attempts";
import type { AwsCredentials } from "@countersign/signer";
import { redactTokens } from "@countersign/signer/diagnose";
import { createBlocks } from "../receive/blocks.ts";
import { Refusal } from "../refusal.ts";

/** AWS's answer, over either version of HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Buffer>;
}

/** An answer that is not passed on as it is: an error, or a redirect. */
export function isRefused(status: number): boolean {
  return status >= 300 && status !== 304;
}

/** Codes, without their suffix "Exception", by which AWS refuses a signature or its credentials. */
const OURS = new Set([
  "ExpiredToken",
  "IncompleteSignature",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "InvalidSignature",
  "InvalidToken",
  "MissingAuthenticationToken",
  "RequestExpired",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
  "UnrecognizedClient",
]);

/** The code of an error that is about the proxy's own signature, and so not the client's fault; else `undefined`. */
export async function ownFault(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Buffer,
): Promise<string | undefined> {
  if (status !== 400 && status !== 401 && status !== 403) return undefined;
  const code = await errorCode({
    status,
    header: (name) => [headers[name] ?? []].flat().join(","),
    text: async () => body.toString("utf8"),
  });
  return code !== undefined && OURS.has(code) ? code : undefined;
}

/** An error's body without the session token and the access key id that the request was signed with. */
export function redacted(body: Buffer, { accessKeyId, sessionToken }: AwsCredentials): Buffer {
  const text = body.toString("utf8");
  const known = sessionToken === undefined ? [] : [sessionToken];
  const shown = redactTokens(text, known).replaceAll(accessKeyId, "<access key id>");
  return shown === text ? body : Buffer.from(shown);
}

/** Longer errors are not passed on: they cannot be checked for what they quote. */
const MAX_ERROR_BYTES = 1_048_576;

/** The whole body of an error. @throws Refusal `ServiceUnavailable`, status 502, above a mebibyte. */
export async function readError(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const blocks = createBlocks();
  for await (const piece of body) {
    if (blocks.length + piece.length > MAX_ERROR_BYTES)
      throw new Refusal(502, "ServiceUnavailable", "The service's error is too long to be checked.");
    blocks.add(piece);
  }
  return blocks.join();
}
