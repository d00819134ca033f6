import type { Signer } from "@countersign/signer";
import type { ClientState } from "./client/client-state.ts";
import { presenceOf } from "./client/presence.ts";
import type { ExchangeParts } from "./exchange-parts.ts";
import { checkTarget, pathStyle } from "./forward/check-target.ts";
import type { Target } from "./forward/target.ts";
import { actionsOf } from "./judge/call.ts";
import { checkPosture } from "./judge/check-posture.ts";
import { claimedProtocol, protocolOf, serviceCall } from "./judge/service-call.ts";
import { addressOf, breakOff, type Incoming, linger, type Outgoing, taken } from "./message.ts";
import { Progress } from "./observe/progress.ts";
import { arrivingBody } from "./receive/arriving-body.ts";
import type { Authenticated } from "./receive/authenticate.ts";
import { readRequest } from "./receive/read-request.ts";
import { readHead } from "./receive/received.ts";
import { asRefusal, denied, refusalAnswer } from "./refusal.ts";
import { converse } from "./send/converse-upstream.ts";
import { credentialsOf } from "./send/credentials-of.ts";
import { outgoingHead } from "./send/outgoing-head.ts";
import { sendUpstream } from "./send/send-upstream.ts";
import { signAnew } from "./send/sign-anew.ts";
import type { Sending } from "./send/sending.ts";

/** What the connection of a request tells, whatever the request says. */
export interface KnownOfChannel {
  /** The client, where the listener or a certificate tells it. */
  readonly client?: ClientState | undefined;
  /** The host, where the client opened a tunnel to it. */
  readonly target?: Target | undefined;
}

/** Both sides of one exchange, and the facts about it so far. */
interface Exchange {
  readonly parts: ExchangeParts;
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  readonly known: KnownOfChannel;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly held: (release: () => void) => void;
}

/** Answers one request: reads, verifies, judges, signs anew, sends, and passes the answer on. Never rejects. */
export async function exchange(
  parts: ExchangeParts,
  incoming: Incoming,
  outgoing: Outgoing,
  known: KnownOfChannel = {},
): Promise<void> {
  const { clock, metrics, options, upstreamTls } = parts;
  const progress = new Progress(known.client, clock.monotonic());
  const signal = presenceOf(incoming, outgoing);
  if ("stream" in incoming) incoming.stream.once("finish", () => linger(incoming.stream));
  const releases: (() => void)[] = [];
  const held = (release: () => void): void => void releases.push(release);
  const count = metrics.started();
  const one: Exchange = { parts, incoming, outgoing, known, signal, progress, held };
  try {
    await forward(one);
  } catch (error) {
    refuse(error, one);
  }
  const record = progress.record(outgoing.statusCode, clock.wall(), clock.monotonic(), upstreamTls);
  count(record);
  try {
    // A function that returns a promise has the type too, and a rejection that is not handled ends the process.
    (options.audit?.(record) as Promise<void> | undefined | void)?.catch?.(() => {});
  } catch {
    // An observer must never change what it observes.
  }
  // A request counts until its answer has left: answers that are not read are kept in memory.
  if (releases.length > 0) await taken(incoming, outgoing, signal);
  for (const release of releases) release();
}

async function forward({ parts, incoming, outgoing, known, signal, progress, held }: Exchange): Promise<void> {
  const { target } = known;
  const request = readHead(incoming);
  progress.protocol = protocolOf(request.claim.service, request);
  const counted = (bytes: number): void => void (progress.bytesIn += bytes);
  // Each part by name: to copy an object and add to the copy is slow.
  const { authenticate, budget, unproven } = parts;
  const { proof, body } = await readRequest(request, {
    authenticate,
    budget,
    unproven,
    bound: known.client,
    address: () => addressOf(incoming),
    arriving: arrivingBody(incoming, outgoing, request, counted),
    counted,
    held,
  });
  progress.proof = proof;
  const { state, region, service } = proof;
  const located = pathStyle(request, target);
  const call = serviceCall(service, located);
  progress.call = call;
  progress.protocol = call.protocol;
  checkTarget(target, request, call, region);
  progress.actions = actionsOf(call, body);
  state.checkAllowed(region, { ...call, actions: progress.actions });
  state.admit();

  const { origin, hostname, protocol } = parts.originOf(call.endpoint, region);
  progress.host = hostname;
  const head = outgoingHead(located);
  const unsigned = { method: request.method, url: origin + head.target, headers: head.headers };
  if (state.client.guard !== undefined) {
    const judged = { ...unsigned, body: body instanceof Uint8Array ? body : undefined };
    await checkPosture(state.client, judged, signal);
  }
  const signer = signerOf(proof);
  const sending: Sending = {
    parts,
    progress,
    outgoing,
    signal,
    signer,
    owner: state.traffic,
    call,
    isSecure: protocol === "https:",
  };
  if (proof.form === "streaming-events") {
    await converse(sending, incoming, unsigned, proof, body as AsyncIterable<Buffer>);
    return;
  }
  // Before it is signed, so that no signature ages here.
  held(await parts.connections.enter(origin, state.traffic, signal));
  const credentials = await credentialsOf(signer, signal);
  const signedAt = { sentAt: parts.clock.wall(), refusedOffsetMs: parts.clock.offsetMs };
  await sendUpstream(sending, await signAnew(signer, unsigned, request, proof, body, budget), credentials, signedAt);
}

/** Answers with the reason, or breaks off an answer that has begun. */
function refuse(error: unknown, { incoming, outgoing, signal, progress }: Exchange): void {
  const refusal = asRefusal(error, progress.isSent);
  progress.refusal = refusal;
  const { headersSent, writableEnded } = outgoing;
  if (headersSent || signal.aborted) {
    // An answer that ended in order is complete; nothing can be added to it.
    if (!writableEnded) breakOff(incoming, outgoing);
    return;
  }
  const { status, headers, body } = refusalAnswer(
    refusal,
    progress.protocol ?? claimedProtocol(incoming),
    progress.requestId,
  );
  // The rest of an unread body must not be taken for the next request: over HTTP/1.1 the connection ends.
  const isDone = incoming.complete || "stream" in incoming;
  outgoing.writeHead(status, isDone ? headers : { ...headers, connection: "close" });
  outgoing.end(body);
  progress.bytesOut = body.length;
}

function signerOf({ state, region, service }: Authenticated): Signer {
  try {
    return state.signerFor(region, service);
  } catch (cause) {
    throw denied(`The proxy cannot sign for ${service.slice(0, 64)} in ${region.slice(0, 64)}.`, String(cause));
  }
}
