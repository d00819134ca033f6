import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { AwsCredentials, Clock, Signer } from "@countersign/signer";
import type { ClientState } from "./client/client-state.ts";
import { checkPosture } from "./judge/check-posture.ts";
import type { ServiceCall } from "./judge/call.ts";
import { protocolOf, serviceCall } from "./judge/service-call.ts";
import type { AuditRecord } from "./observe/audit.ts";
import type { ProxyMetrics } from "./observe/metrics.ts";
import type { UpstreamTls } from "./observe/upstream-tls.ts";
import type { ProxyOptions } from "./options.ts";
import type { Authenticate, Authenticated } from "./receive/authenticate.ts";
import { boundProof } from "./receive/bound-proof.ts";
import { claimedScope } from "./receive/claimed-scope.ts";
import { type BufferBudget, collect } from "./receive/collect.ts";
import { checkTarget, pathStyle } from "./forward/check-target.ts";
import type { Target } from "./forward/target.ts";
import { readHead, type Received } from "./receive/received.ts";
import { denied, malformed, type Protocol, Refusal, refusalAnswer } from "./refusal.ts";
import { originOf } from "./send/origin-of.ts";
import { incomingHeaders, outgoingHead } from "./send/outgoing-head.ts";
import { type OutgoingRequest, signAnew } from "./send/sign-anew.ts";
import { ownFault, readError, redacted } from "./send/upstream-error.ts";

/** What every exchange of a proxy shares. */
export interface ExchangeParts {
  readonly options: ProxyOptions;
  readonly clock: Clock;
  readonly authenticate: Authenticate;
  readonly budget: BufferBudget;
  readonly metrics: ProxyMetrics;
  readonly upstreamTls: UpstreamTls;
}

/** SageMaker accepts bodies of up to 25 MB. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html */
const MAX_BODY_BYTES = 26_214_400;
/** In these forms the head tells how the body is covered, so that the body can stream. */
const STREAMS = /^(?:UNSIGNED-PAYLOAD|STREAMING-[A-Z0-9-]+|[\da-f]{64})$/u;

/** The body of a request: read whole, or to be streamed. */
type RequestBody = Uint8Array | AsyncIterable<Buffer>;

/**
 * Answers one request: reads, verifies, judges, signs anew, sends, and passes the answer on. Never rejects.
 *
 */
export async function exchange(
  parts: ExchangeParts,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
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
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
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
  #sent = false;
  #refusal: Refusal | undefined;
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(
    parts: ExchangeParts,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    { client, target }: KnownOfChannel,
  ) {
    this.#parts = parts;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#bound = client;
    this.#target = target;
    this.#startedAt = parts.clock.monotonic();
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
    const { proof, body } = await this.#authenticate(request);
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
    const { target, headers } = outgoingHead(located);
    const unsigned = { method: request.method, url: origin + target, headers };
    const judged = { ...unsigned, body: body instanceof Uint8Array ? body : undefined };
    await checkPosture(state.client, judged, this.#aborted.signal);
    const signer = signerOf(proof);
    const credentials = await this.#credentials(signer);
    await this.#send(await signAnew(signer, unsigned, request, proof, body), signer, credentials);
  }

  /** Who sent the request; and its body, whole unless the head tells how it is covered. */
  async #authenticate(request: Received): Promise<{ readonly proof: Authenticated; readonly body: RequestBody }> {
    const { options, authenticate, budget } = this.#parts;
    const announced = request.headers.get("x-amz-content-sha256") ?? "";
    // STS names the operation in the body, and a guard judges the body of the control plane.
    const isJudged = claimedScope(request).service === "sts" || request.headers.has("x-amz-target");
    if (STREAMS.test(announced) && !isJudged) {
      const proof =
        this.#bound === undefined ? await authenticate(request, undefined) : boundProof(this.#bound, request);
      this.#continue(request);
      return { proof, body: this.#counted() };
    }
    const limits = (this.#bound === undefined ? options.clients : [this.#bound.client]).map(limitOf);
    this.#continue(request);
    const length = request.headers.get("content-length");
    const { bytes, release } = await collect(this.#counted(), Math.max(...limits), budget, length);
    this.#held.push(release);
    const proof =
      this.#bound === undefined ? await authenticate(request, bytes) : boundProof(this.#bound, request, bytes);
    const limit = limitOf(proof.state.client);
    if (bytes.length > limit) {
      throw new Refusal(413, "RequestEntityTooLarge", `The body must be at most ${limit} bytes.`);
    }
    return { proof, body: bytes };
  }

  /** Tells a client that waits for it to send the body. */
  #continue(request: Received): void {
    if (request.headers.get("expect")?.toLowerCase() === "100-continue") this.#outgoing.writeContinue();
  }

  async *#counted(): AsyncGenerator<Buffer, void, undefined> {
    for await (const piece of this.#incoming as AsyncIterable<Buffer>) {
      this.#bytesIn += piece.length;
      yield piece;
    }
  }

  async #credentials(signer: Signer): Promise<AwsCredentials> {
    try {
      return await signer.credentials({ signal: this.#aborted.signal });
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
    const answer = await options.transport.request(url, { method, headers, body, signal });
    const { statusCode, headers: received } = answer;
    const { date, age } = received;
    if (typeof date === "string" && url.startsWith("https:")) {
      const ageS = typeof age === "string" ? Number(age) : undefined;
      clock.observe({ date: new Date(date), sentAt, receivedAt: clock.wall(), ageS });
    }
    if (statusCode < 300 || statusCode === 304) {
      this.#head(statusCode, received);
      answer.body.on("data", (piece: Buffer) => (this.#bytesOut += piece.length));
      await pipeline(answer.body, this.#outgoing);
      return;
    }
    if (statusCode < 400) {
      await answer.body.dump();
      const message = "The service redirects, and the proxy follows no redirect.";
      throw new Refusal(502, "ServiceUnavailable", message, String(statusCode));
    }
    const bytes = await readError(answer.body);
    const fault = await ownFault(statusCode, received, bytes);
    if (fault !== undefined) {
      const { accessKeyId } = credentials;
      signer.credentials.invalidate({ accessKeyId, reason: "rejected" });
      const message = "The service refused the proxy's own signature: try again.";
      throw new Refusal(503, "ServiceUnavailable", message, `${fault}, access key ${accessKeyId}`);
    }
    const shown = redacted(bytes, credentials);
    this.#head(statusCode, { ...received, "content-length": String(shown.length) });
    this.#bytesOut = shown.length;
    this.#outgoing.end(shown);
  }

  #head(status: number, received: Readonly<Record<string, string | string[] | undefined>>): void {
    this.#outgoing.statusCode = status;
    for (const [name, value] of incomingHeaders(received)) this.#outgoing.setHeader(name, value);
  }

  #refuse(error: unknown): void {
    const refusal = error instanceof Refusal ? error : foreign(error, this.#sent);
    this.#refusal = refusal;
    if (this.#outgoing.headersSent || this.#outgoing.destroyed) {
      this.#outgoing.destroy();
      return;
    }
    const { status, headers, body } = refusalAnswer(refusal, this.#protocol, this.#requestId);
    // The rest of an unread body must not be taken for the next request: the connection ends.
    const isRead = this.#incoming.complete;
    this.#outgoing.writeHead(status, isRead ? headers : { ...headers, connection: "close" });
    this.#outgoing.end(body);
    this.#bytesOut = body.length;
  }

  #record(): AuditRecord {
    const { clock, upstreamTls } = this.#parts;
    const { state, region } = this.#proof ?? {};
    return {
      time: new Date(clock.now()).toISOString(),
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

function limitOf({ maxBodyBytes = MAX_BODY_BYTES }: { readonly maxBodyBytes?: number | undefined }): number {
  return maxBodyBytes;
}

function actionsOf({ actions, readBody }: ServiceCall, body: RequestBody): readonly string[] {
  if (readBody === undefined) return actions;
  if (body instanceof Uint8Array) return readBody(body);
  throw malformed("The body of this request must be signed by its hash.");
}

function signerOf({ state, region, service }: Authenticated): Signer {
  try {
    return state.signerFor(region, service);
  } catch (cause) {
    throw denied(`The proxy cannot sign for ${service.slice(0, 64)} in ${region.slice(0, 64)}.`, String(cause));
  }
}

/** What is not a refusal of our own is not quoted: its message can hold anything. */
function foreign(error: unknown, sent: boolean): Refusal {
  const { code, name } = Object(error) as { readonly code?: unknown; readonly name?: unknown };
  const what = String(code ?? name);
  return sent
    ? new Refusal(502, "ServiceUnavailable", "The service could not be reached, or its answer broke off.", what)
    : new Refusal(500, "InternalFailure", "The proxy failed to handle this request.", what);
}
