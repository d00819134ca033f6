import { dateInText, isAboutTime } from "@countersign/fetch/attempts";
import type { AwsCredentials, Clock } from "@countersign/signer";
import { Refusal } from "../refusal.ts";
import { inTurn } from "./check-turns.ts";
import { passHead, type Sending, type SignedAt } from "./sending.ts";
import {
  type Answer,
  checkReadable,
  ownFault,
  readError,
  redacted,
  redactedHeaders,
  refusesCredentials,
} from "./upstream-error.ts";

/**
 * Passes on why AWS refused, without what it quotes of the proxy's own credentials.
 *
 * @throws Refusal `ServiceUnavailable` for a redirect, for an error that cannot be checked, and for one about the proxy's
 * own signature.
 */
export async function passError(
  sending: Sending,
  { status, headers, body }: Answer,
  credentials: AwsCredentials,
  signedAt: SignedAt,
): Promise<void> {
  const { progress, outgoing, owner, signal } = sending;
  const bytes = await readError(body);
  if (status < 400) {
    const message = "The service redirects, and the proxy follows no redirect.";
    throw new Refusal(502, "ServiceUnavailable", message, String(status));
  }
  const error = { status, headers, bytes };
  const shown = await inTurn(owner, signal, () => checkedError(sending, error, credentials, signedAt));
  passHead(sending, { status, headers: { ...shown.headers, "content-length": String(shown.bytes.length) } });
  progress.bytesOut = shown.bytes.length;
  outgoing.end(shown.bytes);
}

/** An error without what it quotes of the proxy's own credentials. @throws Refusal as `passError` does. */
async function checkedError(
  { parts, progress, signer, isSecure }: Sending,
  error: Omit<Answer, "body"> & { readonly bytes: Buffer },
  credentials: AwsCredentials,
  signedAt: SignedAt,
): Promise<{ readonly headers: Answer["headers"]; readonly bytes: Buffer }> {
  const { status, headers, bytes } = error;
  checkReadable(headers, bytes);
  const fault = await ownFault(error, progress.actions);
  if (fault !== undefined) {
    if (isSecure) learnTime(parts.clock, { status, headers }, bytes, signedAt);
    const { accessKeyId } = credentials;
    if (refusesCredentials(fault)) signer.credentials.invalidate({ accessKeyId, reason: "rejected" });
    const message = "The service refused the proxy's own signature: try again.";
    throw new Refusal(503, "ServiceUnavailable", message, `${fault}, access key ${accessKeyId}`);
  }
  return { headers: redactedHeaders(headers, credentials), bytes: redacted(bytes, credentials) };
}

/** A refusal of the proxy's signature for its time corrects the clock at once, or drops its correction. */
function learnTime(clock: Clock, { status, headers }: Omit<Answer, "body">, body: Buffer, signedAt: SignedAt): void {
  const header = (name: string): string => [headers[name] ?? []].flat().join(",");
  const text = body.toString("utf8");
  if (headers["age"] !== undefined || !isAboutTime({ status, header }, text)) return;
  const date = new Date(dateInText(text) ?? header("date"));
  clock.observe({ date, receivedAt: clock.wall(), confirmed: true, ...signedAt });
}
