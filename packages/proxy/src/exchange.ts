import { randomUUID } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { dateInText, isAboutTime } from "@countersign/fetch/attempts";
import type { AwsCredentials, Clock, Signer } from "@countersign/signer";
import type { ClientState } from "./client/client-state.ts";
import { exchangeEvents, STREAM_MS } from "./events/exchange-events.ts";
import { openEvents } from "./events/open-events.ts";
import { verifiedEvents } from "./events/verified-events.ts";
import { checkTarget, pathStyle } from "./forward/check-target.ts";
import type { Target } from "./forward/target.ts";
import { actionsOf, type ServiceCall } from "./judge/call.ts";
import { checkPosture } from "./judge/check-posture.ts";
import { protocolOf, serviceCall } from "./judge/service-call.ts";
import { breakOff, type Incoming, linger, type Outgoing } from "./message.ts";
import type { AuditRecord } from "./observe/audit.ts";
import type { ProxyMetrics } from "./observe/metrics.ts";
import type { UpstreamTls } from "./observe/upstream-tls.ts";
import type { ProxyOptions } from "./options.ts";
import type { Authenticate, Authenticated } from "./receive/authenticate.ts";
import { claimedScope } from "./receive/claimed-scope.ts";
import type { BufferBudget } from "./receive/collect.ts";
import { MAX_BODY_BYTES, readRequest } from "./receive/read-request.ts";
import { readHead, type Received } from "./receive/received.ts";
import { asRefusal, denied, malformed, type Protocol, Refusal, refusalAnswer } from "./refusal.ts";
import { originOf } from "./send/origin-of.ts";
import { incomingHeaders, outgoingHead } from "./send/outgoing-head.ts";
import { canFailLate, lateError } from "./send/late-error.ts";
import { type OutgoingRequest, signAnew, type UnsignedRequest } from "./send/sign-anew.ts";
import {
  type Answer,
  checkReadable,
  isRefused,
  ownFault,
  readError,
  redacted,
  redactedHeaders,
} from "./send/upstream-error.ts";

/** What every exchange of a proxy shares. */
export interface ExchangeParts {
  readonly options: ProxyOptions;
  readonly clock: Clock;
  readonly maxSkewMs: number;
  readonly authenticate: Authenticate;
  readonly budget: BufferBudget;
  /** The part of `budget` for bodies that prove nothing yet. */
  readonly unproven: BufferBudget;
  readonly metrics: ProxyMetrics;
  readonly upstreamTls: UpstreamTls;
}

/** Answers one request: reads, verifies, judges, signs anew, sends, and passes the answer on. Never rejects. */
export async function exchange(
  parts: ExchangeParts,
  incoming: Incoming,
  outgoing: Outgoing,
  known: KnownOfChannel = {},
): Promise<void> {
  await new Exchange(parts, incoming, outgoing, known).run();
}

/** What the connection of a request tells, whatever the request says. */
export interface KnownOfChannel {
  /** The client, where the listener or a certificate tells it. */
  readonly client?: ClientState | undefined;
  /** The host, where the client opened a tunnel to it. */
  readonly target?: Target | undefined;
}

class Exchange {
  readonly #parts: ExchangeParts;
  readonly #incoming: Incoming;
  readonly #outgoing: Outgoing;
  readonly #bound: ClientState | undefined;
  readonly #target: Target | undefined;
  readonly #requestId = randomUUID();
  readonly #startedAt: number;
  readonly #aborted = new AbortController();
  /** What has to be given back when the exchange is over. */
  readonly #held: (() => void)[] = [];
  #protocol: Protocol = "rest-json";
  #proof: Authenticated | undefined;
  #call: ServiceCall | undefined;
  #actions: readonly string[] = [];
  #host: string | undefined;
  /** The clock when the request was signed. */
  #signed = { sentAt: 0, refusedOffsetMs: 0 };
  #secure = false;
  #sent = false;
  #refusal: Refusal | undefined;
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(parts: ExchangeParts, incoming: Incoming, outgoing: Outgoing, { client, target }: KnownOfChannel) {
    this.#parts = parts;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#bound = client;
    this.#target = target;
    this.#startedAt = parts.clock.monotonic();
    if ("stream" in incoming) outgoing.once("finish", () => linger(incoming.stream));
    outgoing.once("close", () => {
      if (!outgoing.writableFinished) this.#aborted.abort();
    });
  }

  async run(): Promise<void> {
    const count = this.#parts.metrics.started();
    try {
      await this.#forward();
    } catch (error) {
      this.#refuse(error);
    }
    for (const release of this.#held) release();
    const record = this.#record();
    count(record);
    try {
      this.#parts.options.audit?.(record);
    } catch {
      // An observer must never change what it observes.
    }
  }

  async #forward(): Promise<void> {
    const { options } = this.#parts;
    const request = readHead(this.#incoming);
    this.#protocol = protocolOf(claimedScope(request).service, request);
    const { proof, body, release } = await readRequest(request, {
      ...this.#parts,
      bound: this.#bound,
      arriving: () => this.#arriving(request),
    });
    this.#held.push(release);
    this.#proof = proof;
    const { state, region, service } = proof;
    const located = pathStyle(request, this.#target);
    const call = serviceCall(service, located);
    this.#call = call;
    this.#protocol = call.protocol;
    checkTarget(this.#target, request, call, region);
    this.#actions = actionsOf(call, body);
    state.checkAllowed(region, { actions: this.#actions, resource: call.resource });
    this.#held.push(state.admit());

    const { origin, hostname } = originOf(options.endpoints, call.endpoint, region);
    this.#host = hostname;
    this.#secure = origin.startsWith("https:");
    const { target, headers } = outgoingHead(located);
    const unsigned = { method: request.method, url: origin + target, headers };
    const judged = { ...unsigned, body: body instanceof Uint8Array ? body : undefined };
    await checkPosture(state.client, judged, this.#aborted.signal);
    const signer = signerOf(proof);
    if (proof.form === "streaming-events") {
      await this.#converse(signer, unsigned, proof, body as AsyncIterable<Buffer>);
      return;
    }
    const credentials = await this.#credentials(signer);
    this.#noteSigning();
    await this.#send(await signAnew(signer, unsigned, request, proof, body), signer, credentials);
  }

  #noteSigning(): void {
    const { clock } = this.#parts;
    this.#signed = { sentAt: clock.wall(), refusedOffsetMs: clock.offsetMs };
  }

  /** Asks a client that waits for it to send the body, and returns the body. */
  #arriving(request: Received): AsyncIterable<Buffer> {
    if (request.headers.get("expect")?.toLowerCase() === "100-continue") this.#outgoing.writeContinue();
    return this.#counted();
  }

  async *#counted(): AsyncGenerator<Buffer, void, undefined> {
    for await (const piece of this.#incoming as AsyncIterable<Buffer>) {
      this.#bytesIn += piece.length;
      yield piece;
    }
  }

  async #credentials(signer: Signer, minTtlMs?: number): Promise<AwsCredentials> {
    try {
      return await signer.credentials({ signal: this.#aborted.signal, minTtlMs });
    } catch (error) {
      const { code } = Object(error) as { readonly code?: unknown };
      const detail = String(code ?? error);
      throw new Refusal(
        503,
        "ServiceUnavailable",
        "The proxy has no credentials for this client at the moment.",
        detail,
      );
    }
  }

  async #send(
    { method, url, headers, body }: OutgoingRequest,
    signer: Signer,
    credentials: AwsCredentials,
  ): Promise<void> {
    const { options, clock } = this.#parts;
    const sentAt = clock.wall();
    this.#sent = true;
    const { signal } = this.#aborted;
    const {
      statusCode,
      headers: received,
      body: answered,
    } = await options.transport.request(url, {
      method,
      headers,
      body,
      signal,
    });
    const { date, age } = received;
    if (typeof date === "string" && url.startsWith("https:")) {
      const ageS = typeof age === "string" ? Number(age) : undefined;
      clock.observe({ date: new Date(date), sentAt, receivedAt: clock.wall(), ageS });
    }
    if (isRefused(statusCode)) {
      await this.#passError({ status: statusCode, headers: received, body: answered }, signer, credentials);
      return;
    }
    if (this.#call !== undefined && canFailLate(this.#call, method)) {
      const { "content-length": _length, ...rest } = received;
      this.#head(statusCode, redactedHeaders(rest, credentials));
      await pipeline(this.#sending(lateError({ headers: received, body: answered }, credentials)), this.#outgoing);
      return;
    }
    this.#head(statusCode, received);
    answered.on("data", (piece: Buffer) => (this.#bytesOut += piece.length));
    await pipeline(answered, this.#outgoing);
  }

  async *#sending(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of pieces) {
      this.#bytesOut += piece.length;
      yield piece;
    }
  }

  /** Passes events both ways at once: those of the client verified and signed anew, those of AWS as they are. */
  async #converse(
    signer: Signer,
    unsigned: UnsignedRequest,
    { chain, state }: Authenticated,
    body: AsyncIterable<Buffer>,
  ): Promise<void> {
    const { options, clock, budget, maxSkewMs } = this.#parts;
    if (this.#incoming.httpVersionMajor !== 2 || chain === undefined)
      throw malformed("A stream of signed events must come over HTTP/2.");
    const credentials = await this.#credentials(signer, STREAM_MS);
    const maxBytes = state.client.maxBodyBytes ?? MAX_BODY_BYTES;
    this.#sent = true;
    this.#noteSigning();
    const opened = await openEvents(options.transport.connectHttp2?.bind(options.transport), signer, unsigned);
    const events = verifiedEvents(body, { chain, maxBytes, budget, now: () => clock.wall(), maxSkewMs });
    await exchangeEvents(events, opened, this.#outgoing, {
      signal: this.#aborted.signal,
      headed: ({ status, headers }) => this.#head(status, headers),
      refused: (answer) => this.#passError(answer, signer, credentials),
      counted: (bytes) => (this.#bytesOut += bytes),
    });
  }

  /** Passes on why AWS refused, without what it quotes of the proxy's own credentials. */
  async #passError({ status, headers, body }: Answer, signer: Signer, credentials: AwsCredentials): Promise<void> {
    const bytes = await readError(body);
    if (status < 400) {
      const message = "The service redirects, and the proxy follows no redirect.";
      throw new Refusal(502, "ServiceUnavailable", message, String(status));
    }
    checkReadable(headers, bytes);
    const fault = await ownFault(status, headers, bytes);
    if (fault !== undefined) {
      this.#learnTime(status, headers, bytes);
      const { accessKeyId } = credentials;
      signer.credentials.invalidate({ accessKeyId, reason: "rejected" });
      const message = "The service refused the proxy's own signature: try again.";
      throw new Refusal(503, "ServiceUnavailable", message, `${fault}, access key ${accessKeyId}`);
    }
    const shown = redacted(bytes, credentials);
    this.#head(status, { ...redactedHeaders(headers, credentials), "content-length": String(shown.length) });
    this.#bytesOut = shown.length;
    this.#outgoing.end(shown);
  }

  /** A refusal of the proxy's signature for its time corrects the clock at once, or drops its correction. */
  #learnTime(status: number, headers: Answer["headers"], body: Buffer): void {
    const { clock } = this.#parts;
    const header = (name: string): string => [headers[name] ?? []].flat().join(",");
    const text = body.toString("utf8");
    if (headers["age"] !== undefined || !this.#secure || !isAboutTime({ status, header }, text)) return;
    const date = new Date(dateInText(text) ?? header("date"));
    clock.observe({ date, receivedAt: clock.wall(), confirmed: true, ...this.#signed });
  }

  #head(status: number, received: Readonly<Record<string, string | string[] | undefined>>): void {
    this.#outgoing.statusCode = status;
    for (const [name, value] of incomingHeaders(received)) this.#outgoing.setHeader(name, value);
  }

  #refuse(error: unknown): void {
    const refusal = asRefusal(error, this.#sent);
    this.#refusal = refusal;
    const { headersSent, writableEnded } = this.#outgoing;
    if (headersSent || this.#aborted.signal.aborted) {
      // What has ended in an orderly way has told its client all there is to tell.
      if (!writableEnded) breakOff(this.#incoming, this.#outgoing);
      return;
    }
    const { status, headers, body } = refusalAnswer(refusal, this.#protocol, this.#requestId);
    // The rest of an unread body must not be taken for the next request: over HTTP/1.1 the connection ends.
    const isDone = this.#incoming.complete || this.#incoming.httpVersionMajor === 2;
    this.#outgoing.writeHead(status, isDone ? headers : { ...headers, connection: "close" });
    this.#outgoing.end(body);
    this.#bytesOut = body.length;
  }

  #record(): AuditRecord {
    const { clock, upstreamTls } = this.#parts;
    const { state, region } = this.#proof ?? {};
    return {
      time: new Date(clock.wall()).toISOString(),
      requestId: this.#requestId,
      client: (state ?? this.#bound)?.client.name ?? null,
      actions: this.#actions,
      resource: this.#call?.resource ?? null,
      region: region ?? null,
      decision: this.#sent ? "sent" : "refused",
      code: this.#refusal?.code ?? null,
      detail: this.#refusal?.detail ?? null,
      status: this.#outgoing.statusCode,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      milliseconds: Math.round((clock.monotonic() - this.#startedAt) * 1000) / 1000,
      upstreamTls: this.#sent && this.#host !== undefined ? upstreamTls.of(this.#host) : null,
    };
  }
}

function signerOf({ state, region, service }: Authenticated): Signer {
  try {
    return state.signerFor(region, service);
  } catch (cause) {
    throw denied(`The proxy cannot sign for ${service.slice(0, 64)} in ${region.slice(0, 64)}.`, String(cause));
  }
}
