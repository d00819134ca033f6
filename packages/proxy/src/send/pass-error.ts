import { dateInText, isAboutTime } from "@countersign/fetch/attempts";
import type { AwsCredentials, Clock } from "@countersign/signer";
import { Refusal } from "../refusal.ts";
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
  const { parts, progress, outgoing, signer, isSecure } = sending;
  const bytes = await readError(body);
  if (status < 400) {
    const message = "The service redirects, and the proxy follows no redirect.";
    throw new Refusal(502, "ServiceUnavailable", message, String(status));
  }
  checkReadable(headers, bytes);
  const fault = await ownFault(status, headers, bytes);
  if (fault !== undefined) {
    if (isSecure) learnTime(parts.clock, { status, headers }, bytes, signedAt);
    const { accessKeyId } = credentials;
    if (refusesCredentials(fault)) signer.credentials.invalidate({ accessKeyId, reason: "rejected" });
    const message = "The service refused the proxy's own signature: try again.";
    throw new Refusal(503, "ServiceUnavailable", message, `${fault}, access key ${accessKeyId}`);
  }
  const shown = redacted(bytes, credentials);
  const shownHeaders = { ...redactedHeaders(headers, credentials), "content-length": String(shown.length) };
  passHead(sending, { status, headers: shownHeaders });
  progress.bytesOut = shown.length;
  outgoing.end(shown);
}

/** A refusal of the proxy's signature for its time corrects the clock at once, or drops its correction. */
function learnTime(clock: Clock, { status, headers }: Omit<Answer, "body">, body: Buffer, signedAt: SignedAt): void {
  const header = (name: string): string => [headers[name] ?? []].flat().join(",");
  const text = body.toString("utf8");
  if (headers["age"] !== undefined || !isAboutTime({ status, header }, text)) return;
  const date = new Date(dateInText(text) ?? header("date"));
  clock.observe({ date, receivedAt: clock.wall(), confirmed: true, ...signedAt });
}
