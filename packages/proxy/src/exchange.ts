import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { AwsCredentials, Clock, Signer } from "@countersign/signer";
import { type EndpointOptions, resolveUrl } from "@countersign/signer/endpoints";
import type { ClientState } from "./client/client-state.ts";
import { checkAllowed } from "./judge/allowance.ts";
import { protocolOf, type ServiceCall, serviceCall } from "./judge/service-call.ts";
import type { AuditRecord } from "./observe/audit.ts";
import type { ProxyMetrics } from "./observe/metrics.ts";
import type { UpstreamTls } from "./observe/upstream-tls.ts";
import type { ProxyOptions } from "./options.ts";
import type { Authenticate, Authenticated } from "./receive/authenticate.ts";
import { type BufferBudget, collect } from "./receive/collect.ts";
import { readHead, type Received } from "./receive/received.ts";
import { denied, malformed, type Protocol, Refusal, refusalAnswer } from "./refusal.ts";
import { incomingHeaders, outgoingHead } from "./send/outgoing-head.ts";
import { signAnew } from "./send/sign-anew.ts";
import { ownFault, redacted } from "./send/upstream-error.ts";

/** What every exchange of a proxy shares. */
export interface ExchangeParts {
  readonly options: ProxyOptions;
  readonly clock: Clock;
  readonly authenticate: Authenticate;
  /** Refuses what a client that is known by its channel claims to be signed for. */
  readonly budget: BufferBudget;
  readonly metrics: ProxyMetrics;
  readonly upstreamTls: UpstreamTls;
}

/** Of an error answer the beginning is checked for what it quotes; a longer one is not passed on. */
const MAX_ERROR_BYTES = 1_048_576;
const DEFAULT_BODY_BYTES = 26_214_400;
/** In these forms the head tells how the body is covered, so that the body can stream. */
const STREAMS = /^(?:UNSIGNED-PAYLOAD|STREAMING-[A-Z0-9-]+|[\da-f]{64})$/u;

/** Answers one request: verify, judge, sign anew, send, and pass the answer on. Never rejects. */
export async function exchange(
  parts: ExchangeParts,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  bound?: ClientState,
): Promise<void> {
  const run = new Exchange(parts, incoming, outgoing, bound);
  await run.answer();
}

class Exchange {
  readonly #parts: ExchangeParts;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  readonly #bound: ClientState | undefined;
  readonly #requestId = randomUUID();
  readonly #startedAt: number;
  readonly #aborted = new AbortController();
  #protocol: Protocol = "rest-json";
  #state: ClientState | undefined;
  #region: string | undefined;
  #call: ServiceCall | undefined;
  #actions: readonly string[] = [];
  #host: string | undefined;
  #sent = false;
  #refusal: Refusal | undefined;
  #bytesIn = 0;
  #bytesOut = 0;
  #ended: (() => void) | undefined;
  #release: (() => void) | undefined;

  constructor(
    parts: ExchangeParts,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    bound: ClientState | undefined,
  ) {
    this.#parts = parts;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#bound = bound;
    this.#startedAt = parts.clock.monotonic();
    outgoing.once("close", () => this.#aborted.abort());
  }

  async answer(): Promise<void> {
    const record = this.#parts.metrics.started();
    try {
      await this.#forward();
    } catch (error) {
      this.#refuse(error);
    } finally {
      this.#ended?.();
      this.#release?.();
      const audit = this.#audit();
      record(audit);
      try {
        this.#parts.options.audit?.(audit);
      } catch {
        // An observer must never change what it observes.
      }
    }
  }

  async #forward(): Promise<void> {
    const request = readHead(this.#incoming);
    this.#protocol = protocolOf(scopeService(request), request);
    const { proof, body } = await this.#authenticate(request);
    const { state, region, service } = proof;
    this.#state = state;
    this.#region = region;
    const call = serviceCall(service, request);
    this.#call = call;
    this.#protocol = call.protocol;
    const isWhole = body instanceof Uint8Array;
    if (call.readBody !== undefined && !isWhole)
      throw malformed("The body of this request must be signed by its hash.");
    this.#actions = call.readBody?.(body as Uint8Array) ?? call.actions;
    checkAllowed(state.client.name, state.client.allow, region, { actions: this.#actions, resource: call.resource });
    this.#ended = state.admit();

    const { target, headers } = outgoingHead(request);
    const origin = this.#origin(call, region);
    const url = origin + target;
    await this.#judge(state, { method: request.method, url, headers }, body);
    const signer = this.#signer(state, region, service);
    const credentials = await this.#credentials(signer);
    const signed = await signAnew(signer, { method: request.method, url, headers }, request, proof, body);
    await this.#send(signed, signer, credentials);
  }

  /** The client by its signature, or by its channel; and the body, whole where that is needed. */
  async #authenticate(
    request: Received,
  ): Promise<{ readonly proof: Authenticated; readonly body: Uint8Array | AsyncIterable<Buffer> }> {
    const { options, authenticate, budget } = this.#parts;
    const announced = request.headers.get("x-amz-content-sha256") ?? "";
    const service = scopeService(request);
    // The control plane and STS name the operation or its target in the body; a guard judges that body.
    const streams = STREAMS.test(announced) && service !== "sts" && !request.headers.has("x-amz-target");
    if (streams) {
      const proof =
        this.#bound === undefined
          ? await authenticate(request, undefined)
          : boundProof(this.#bound, request, announced);
      this.#continue(request);
      return { proof, body: this.#counted() };
    }
    const maxBytes =
      this.#bound?.client.maxBodyBytes ??
      Math.max(...options.clients.map((client) => client.maxBodyBytes ?? DEFAULT_BODY_BYTES));
    this.#continue(request);
    const { bytes, release } = await collect(this.#counted(), maxBytes, budget, request.headers.get("content-length"));
    this.#release = release;
    const proof =
      this.#bound === undefined
        ? await authenticate(request, bytes)
        : boundProof(this.#bound, request, announced, bytes);
    const own = proof.state.client.maxBodyBytes ?? DEFAULT_BODY_BYTES;
    if (bytes.length > own) throw new Refusal(413, "RequestEntityTooLarge", `The body must be at most ${own} bytes.`);
    return { proof, body: bytes };
  }

  #continue(request: Received): void {
    if (request.headers.get("expect")?.toLowerCase() === "100-continue") this.#outgoing.writeContinue();
  }

  async *#counted(): AsyncGenerator<Buffer, void, undefined> {
    for await (const piece of this.#incoming as AsyncIterable<Buffer>) {
      this.#bytesIn += piece.length;
      yield piece;
    }
  }

  #origin({ endpoint }: ServiceCall, region: string): string {
    const given = this.#parts.options.endpoints ?? {};
    const own =
      (given as Readonly<Record<string, EndpointOptions | undefined>>)[endpoint] ??
      (isEndpointOptions(given) ? given : {});
    try {
      const url = resolveUrl({ ...own, service: endpoint, region });
      this.#host = url.hostname;
      return url.origin;
    } catch (cause) {
      throw denied(`There is no endpoint of ${endpoint} in ${region.slice(0, 64)}.`, String(cause));
    }
  }

  async #judge(
    { client }: ClientState,
    request: { readonly method: string; readonly url: string; readonly headers: Readonly<Record<string, string>> },
    body: Uint8Array | AsyncIterable<Buffer>,
  ): Promise<void> {
    try {
      await client.guard?.enforceRequest(
        { ...request, body: body instanceof Uint8Array ? body : undefined },
        { signal: this.#aborted.signal },
      );
    } catch (error) {
      const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown };
      if (code === "POSTURE_BROKEN") throw denied(String(message));
      throw new Refusal(
        503,
        "ServiceUnavailable",
        "The proxy cannot judge this request at the moment.",
        `${String(code)}: ${String(message)}`,
      );
    }
  }

  #signer(state: ClientState, region: string, service: string): Signer {
    try {
      return state.signerFor(region, service);
    } catch (cause) {
      throw denied(`The proxy cannot sign for ${service.slice(0, 64)} in ${region.slice(0, 64)}.`, String(cause));
    }
  }

  async #credentials(signer: Signer): Promise<AwsCredentials> {
    try {
      return await signer.credentials({ signal: this.#aborted.signal });
    } catch (error) {
      const { code } = Object(error) as { readonly code?: unknown };
      throw new Refusal(
        503,
        "ServiceUnavailable",
        "The proxy has no credentials for this client at the moment.",
        String(code ?? error),
      );
    }
  }

  async #send(
    { method, url, headers, body }: Awaited<ReturnType<typeof signAnew>>,
    signer: Signer,
    credentials: AwsCredentials,
  ): Promise<void> {
    const { options, clock } = this.#parts;
    const sentAt = clock.wall();
    this.#sent = true;
    const answer = await options.transport.request(url, { method, headers, body, signal: this.#aborted.signal });
    const { statusCode, headers: received } = answer;
    const { date, age } = received;
    if (typeof date === "string") {
      clock.observe({
        date: new Date(date),
        sentAt,
        receivedAt: clock.wall(),
        ...(typeof age === "string" && { ageS: Number(age) }),
      });
    }
    if (statusCode >= 300 && statusCode < 400 && statusCode !== 304) {
      await answer.body.dump();
      throw new Refusal(
        502,
        "ServiceUnavailable",
        "The service redirects, and the proxy follows no redirect.",
        String(statusCode),
      );
    }
    if (statusCode < 400) {
      this.#head(statusCode, received);
      await pipeline(
        answer.body,
        async function* count(this: Exchange, source: AsyncIterable<Buffer>) {
          for await (const piece of source) {
            this.#bytesOut += piece.length;
            yield piece;
          }
        }.bind(this),
        this.#outgoing,
      );
      return;
    }
    const bytes = await readError(answer.body);
    const fault = await ownFault(statusCode, received, bytes);
    if (fault !== undefined) {
      signer.credentials.invalidate({ accessKeyId: credentials.accessKeyId, reason: "rejected" });
      throw new Refusal(
        503,
        "ServiceUnavailable",
        "The service refused the proxy's own signature: try again.",
        `${fault}, access key ${credentials.accessKeyId}`,
      );
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
    // What is left of the body is not read: the connection ends, or the rest would be taken for the next request.
    const isRead = this.#incoming.complete || this.#incoming.readableEnded;
    this.#outgoing.writeHead(status, isRead ? headers : { ...headers, connection: "close" });
    this.#outgoing.end(body);
    this.#bytesOut = body.length;
  }

  #audit(): AuditRecord {
    const { clock, upstreamTls } = this.#parts;
    return {
      time: new Date(clock.now()).toISOString(),
      requestId: this.#requestId,
      client: this.#state?.client.name ?? this.#bound?.client.name ?? null,
      actions: this.#actions,
      resource: this.#call?.resource ?? null,
      region: this.#region ?? null,
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

/** The service of the credential scope, as claimed: it decides nothing but the shape of a refusal and how to read on. */
function scopeService({ headers, query }: Received): string {
  const claim = headers.get("authorization") ?? query;
  return (
    /(?:Credential=|X-Amz-Credential=)[^,&]*?(?:\/|%2F)\d{8}(?:\/|%2F)[\w-]+?(?:\/|%2F)([\w-]+?)(?:\/|%2F)aws4_request/iu.exec(
      claim.slice(0, 4096),
    )?.[1] ?? ""
  );
}

/** A client known by its channel says in its credential scope what it calls; its signature proves nothing. */
function boundProof(state: ClientState, request: Received, announced: string, body?: Uint8Array): Authenticated {
  const service = scopeService(request);
  const claim = request.headers.get("authorization") ?? request.query;
  const region = /\d{8}(?:\/|%2F)([\w-]+?)(?:\/|%2F)/iu.exec(claim.slice(0, 4096))?.[1] ?? "";
  if (service === "" || region === "")
    throw malformed("The request must name its Region and service in the credential scope of a signature.");
  if (announced.startsWith("STREAMING-"))
    throw malformed("Signed chunks need a placeholder key: configure one for this client.");
  const isHash = /^[\da-f]{64}$/u.test(announced);
  if (body !== undefined)
    return {
      state,
      region,
      service,
      form: "hash",
      payloadHash: createHash("sha256").update(body).digest("hex"),
      chain: undefined,
    };
  return { state, region, service, form: isHash ? "hash" : "unsigned", payloadHash: announced, chain: undefined };
}

async function readError(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > MAX_ERROR_BYTES)
      throw new Refusal(502, "ServiceUnavailable", "The service's error is too long to be checked.");
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
}

function foreign(error: unknown, sent: boolean): Refusal {
  const { code, name } = Object(error) as { readonly code?: unknown; readonly name?: unknown };
  const what = String(code ?? name);
  return sent
    ? new Refusal(502, "ServiceUnavailable", "The service could not be reached, or its answer broke off.", what)
    : new Refusal(500, "InternalFailure", "The proxy failed to handle this request.", what);
}

const OPTION_NAMES = ["url", "fips", "dualStack", "vpcEndpoint"];

function isEndpointOptions(given: object): given is EndpointOptions {
  return Object.keys(given).every((name) => OPTION_NAMES.includes(name));
}
