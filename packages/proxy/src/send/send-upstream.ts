import { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { AwsCredentials } from "@countersign/signer";
import { inTurn } from "./check-turns.ts";
import { signedWith } from "./credentials-of.ts";
import { canFailLate, lateError, wholeLateError } from "./late-error.ts";
import { incomingHeaders } from "./outgoing-head.ts";
import { passBody } from "./pass-body.ts";
import { passError } from "./pass-error.ts";
import { passWhole } from "./pass-whole.ts";
import { passHead, type Sending, type SignedAt } from "./sending.ts";
import type { OutgoingRequest } from "./sign-anew.ts";
import { isRefused, redactedHeaders } from "./upstream-error.ts";

/**
 * Sends a signed request, and passes its answer on.
 *
 * @param asked the client's credentials before it was signed.
 * @throws Refusal, TransportError, and what breaks the answer off.
 */
export async function sendUpstream(
  sending: Sending,
  { method, url, headers, body }: OutgoingRequest,
  asked: AwsCredentials,
  signedAt: SignedAt,
): Promise<void> {
  const { parts, progress, outgoing, signal, owner, call, isSecure } = sending;
  const { options, clock } = parts;
  const counted = (bytes: number): void => void (progress.bytesOut += bytes);
  progress.isSent = true;
  const sentAt = clock.wall();
  const answer = await options.transport.request(url, { method, headers, body, signal });
  const { statusCode: status, headers: received, bytes } = answer;
  const { date, age } = received;
  if (typeof date === "string" && isSecure) {
    const ageS = typeof age === "string" ? Number(age) : undefined;
    clock.observe({ date: new Date(date), sentAt, receivedAt: clock.wall(), ageS });
  }
  if (isRefused(status)) {
    const error = { status, headers: received, body: answer.body };
    await passError(sending, error, signedWith(asked, headers), signedAt);
    return;
  }
  if (canFailLate(call, method)) {
    const credentials = signedWith(asked, headers);
    const { "content-length": length, ...rest } = received;
    const shownHeaders = redactedHeaders(rest, credentials);
    if (bytes !== undefined && outgoing instanceof ServerResponse) {
      const shown = await inTurn(owner, signal, () => wholeLateError(received, bytes, credentials));
      progress.bytesOut = shown.length;
      const list = incomingHeaders(shownHeaders);
      if (length !== undefined) list.push("content-length", String(shown.length));
      await passWhole(outgoing, status, list, shown, signal);
      return;
    }
    passHead(sending, { status, headers: shownHeaders });
    await pipeline(
      countedPieces(lateError({ headers: received, body: answer.body }, credentials, sending), counted),
      outgoing,
    );
    return;
  }
  if (bytes !== undefined && outgoing instanceof ServerResponse) {
    progress.bytesOut = bytes.length;
    await passWhole(outgoing, status, incomingHeaders(received), bytes, signal);
    return;
  }
  passHead(sending, { status, headers: received });
  await passBody(answer.body, outgoing, signal, counted);
}

async function* countedPieces(
  pieces: AsyncIterable<Uint8Array>,
  counted: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of pieces) {
    counted(piece.length);
    yield piece;
  }
}
