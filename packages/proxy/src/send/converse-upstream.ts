import { exchangeEvents, STREAM_MS } from "../events/exchange-events.ts";
import { openEvents } from "../events/open-events.ts";
import { verifiedEvents } from "../events/verified-events.ts";
import type { Incoming } from "../message.ts";
import type { Authenticated } from "../receive/authenticate.ts";
import type { HeldMemory } from "../receive/buffer-budget.ts";
import { MAX_BODY_BYTES } from "../receive/read-request.ts";
import { malformed } from "../refusal.ts";
import { credentialsOf, signedWith } from "./credentials-of.ts";
import { passError } from "./pass-error.ts";
import { passHead, type Sending } from "./sending.ts";
import type { UnsignedRequest } from "./sign-anew.ts";

/** Passes events both ways at once: those of the client verified and signed anew, those of AWS as they are. */
export async function converse(
  sending: Sending,
  incoming: Incoming,
  unsigned: UnsignedRequest,
  { chain, state }: Authenticated,
  body: AsyncIterable<Buffer>,
): Promise<void> {
  const { parts, progress, outgoing, signal, signer } = sending;
  const { options, clock, budget, maxSkewMs } = parts;
  if (!("stream" in incoming) || chain === undefined)
    throw malformed("A stream of signed events must come over HTTP/2.");
  const asked = await credentialsOf(signer, signal, STREAM_MS);
  const maxBytes = state.client.maxBodyBytes ?? MAX_BODY_BYTES;
  progress.isSent = true;
  const signedAt = { sentAt: clock.wall(), refusedOffsetMs: clock.offsetMs };
  const opened = await openEvents(options.transport.connectHttp2?.bind(options.transport), signer, unsigned);
  const credentials = signedWith(asked, Object.entries(opened.headers).flat());
  const hold = (): HeldMemory => budget.hold(state.traffic);
  const events = verifiedEvents(body, { chain, maxBytes, hold, now: () => clock.wall(), maxSkewMs });
  await exchangeEvents(events, opened, outgoing, {
    signal,
    headed: (head) => passHead(sending, head),
    refused: (answer) => passError(sending, answer, credentials, signedAt),
    counted: (bytes) => void (progress.bytesOut += bytes),
  });
}
