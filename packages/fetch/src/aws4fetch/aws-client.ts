import {
  type Clock,
  type PayloadMode,
  type SigningSettings,
  applySignature,
  createClock,
  presignRequest,
  signRequest,
} from "@countersign/signer";
import { readCall } from "#platform/read-call";
import { type AwsScope, guessScope } from "../hosts/guess-scope.ts";
import { FetchError } from "../errors/fetch-error.ts";
import { createHostGate, isLoopback } from "../hosts/host-gate.ts";
import { compose, type Fetch } from "../middleware/middleware.ts";
import { isStream, type Outgoing } from "../call/outgoing.ts";
import { resigningRedirects } from "../middleware/redirect.ts";
import { retry } from "../middleware/retry.ts";

/** What aws4fetch's `AwsClient` is made of. */
export interface AwsClientOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** Default: the one the host names. */
  readonly service?: string | undefined;
  /** Default: the one the host names. */
  readonly region?: string | undefined;
  /** Kept for its name's sake: signing keys are not stored where others can read them. */
  readonly cache?: Map<string, ArrayBuffer> | undefined;
  /** How often a request is sent again. Default: 10. */
  readonly retries?: number | undefined;
  /** Upper bound of the wait before the first retry, in milliseconds; doubles with each. Default: 50. */
  readonly initRetryMs?: number | undefined;
}

/** What one call may change: `init.aws`. */
export interface AwsSigningOptions extends Partial<
  Pick<AwsClientOptions, "accessKeyId" | "secretAccessKey" | "cache">
> {
  readonly sessionToken?: string | undefined;
  readonly service?: string | undefined;
  readonly region?: string | undefined;
  /** When it is signed, as `20260101T120000Z`. Default: now. */
  readonly datetime?: string | undefined;
  /** Signs into the query instead of the headers. Default: false. */
  readonly signQuery?: boolean | undefined;
  /** Adds the session token after signing. Default: for AWS IoT's WebSockets. */
  readonly appendSessionToken?: boolean | undefined;
  /** Signs all headers that do not change on the way. Default: false. */
  readonly allHeaders?: boolean | undefined;
  /** Encodes the path once. Default: for S3. */
  readonly singleEncode?: boolean | undefined;
}

/** A `RequestInit` with aws4fetch's options. */
export type AwsRequestInit = RequestInit & { readonly aws?: AwsSigningOptions | undefined };

const DATETIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u;

/** S3's own default for presigned addresses, in seconds. */
const S3_EXPIRES_S = 86_400;
const EXPIRES_S = 3600;

/**
 * aws4fetch's `AwsClient`: change the import, and nothing else.
 *
 * What differs is what went wrong there: redirects are refused instead of followed with the session token
 * (aws4fetch#51), every kind of body works (#36, #50), lost connections are retried where that is safe (#69), a POST
 * that is no inference is not repeated after a 5xx, proxies' headers are not signed (#77), no secret shows in a log.
 *
 * @throws TypeError without keys, as aws4fetch does.
 * @see https://github.com/mhart/aws4fetch
 * @example
 * import { AwsClient } from "@countersign/fetch/aws4fetch";
 * const aws = new AwsClient({ accessKeyId, secretAccessKey });
 * const response = await aws.fetch("https://lambda.us-east-1.amazonaws.com/2015-03-31/functions", { method: "GET" });
 */
export class AwsClient {
  accessKeyId: string;
  declare secretAccessKey: string;
  declare sessionToken: string | undefined;
  service: string | undefined;
  region: string | undefined;
  cache: Map<string, ArrayBuffer>;
  retries: number;
  initRetryMs: number;
  readonly #clock: Clock = createClock();
  readonly #gate = createHostGate([(url) => url.protocol === "https:" || isLoopback(url)], {});

  constructor(options: AwsClientOptions) {
    const {
      accessKeyId,
      secretAccessKey,
      sessionToken,
      service,
      region,
      cache,
      retries = 10,
      initRetryMs = 50,
    } = options;
    if (typeof accessKeyId !== "string") throw new TypeError("accessKeyId is a required option");
    if (typeof secretAccessKey !== "string") throw new TypeError("secretAccessKey is a required option");
    this.accessKeyId = accessKeyId;
    // There for who names them, as aws4fetch has them, but in no log.
    Object.defineProperties(this, {
      secretAccessKey: { value: secretAccessKey, writable: true },
      sessionToken: { value: sessionToken, writable: true },
    });
    this.service = service;
    this.region = region;
    this.cache = cache ?? new Map();
    this.retries = retries;
    this.initRetryMs = initRetryMs;
  }

  /** Signs, and answers with a Request to send with any fetch. @throws FetchError, SignerError. */
  async sign(input: RequestInfo | URL | { toString(): string }, init?: AwsRequestInit | null): Promise<Request> {
    const { aws, ...rest } = init ?? {};
    const call = await readCall(input as RequestInfo | URL, withMethod(input, rest));
    this.#gate(call.url);
    const { url, headers } = this.#signed(call, aws ?? {});
    const carried = typeof call.input !== "string" && url === call.url.href ? call.input : url;
    return new Request(carried, { ...call.init, headers });
  }

  /** Signs and sends; each time anew. @throws what fetch throws, FetchError, SignerError. */
  async fetch(input: RequestInfo | URL | { toString(): string }, init?: AwsRequestInit | null): Promise<Response> {
    const { aws, ...rest } = init ?? {};
    const call = await readCall(input as RequestInfo | URL, withMethod(input, rest));
    const clock = this.#clock;
    const send: Fetch = compose(
      async (request, given) => globalThis.fetch(await this.sign(request, { ...given, redirect: "manual", aws })),
      resigningRedirects({ clock }),
      retry({ attempts: this.retries + 1, baseMs: this.initRetryMs, clock }),
    );
    return send(call.input, call.init);
  }

  #signed(call: Outgoing, aws: AwsSigningOptions): { readonly url: string; readonly headers: Headers } {
    const given = { ...aws };
    const { accessKeyId = this.accessKeyId, secretAccessKey = this.secretAccessKey } = given;
    const sessionToken = given.sessionToken ?? this.sessionToken;
    const { region, service } = scopeOf(call.url, given.region ?? this.region, given.service ?? this.service);
    const headers = new Headers(call.init.headers);
    const payload = payloadOf(call, headers, service);
    const body = isStream(call.init.body) ? null : call.init.body;
    const request = { method: call.init.method, url: call.url.href, headers, payload, body };
    const context = {
      credentials: { accessKeyId, secretAccessKey, sessionToken },
      region,
      service,
      date: given.datetime === undefined ? new Date(this.#clock.now()) : dateOf(given.datetime),
      settings: settingsOf(given, service),
    };
    if (given.signQuery !== true) {
      const signed = applySignature(request, signRequest(request, context));
      const sent = new Headers(signed.headers);
      sent.delete("host");
      return { url: signed.url, headers: sent };
    }
    const url = new URL(call.url);
    const expires = url.searchParams.get("X-Amz-Expires");
    url.searchParams.delete("X-Amz-Expires");
    const expiresIn = expires === null ? (service === "s3" ? S3_EXPIRES_S : EXPIRES_S) : Number(expires);
    return { url: presignRequest({ ...request, url: url.href }, { ...context, expiresIn }).url, headers };
  }
}

/** aws4fetch posts whatever has a body. */
function withMethod(input: unknown, init: RequestInit): RequestInit {
  const hasMethod = init.method !== undefined || (typeof input === "object" && input !== null && "method" in input);
  return hasMethod || init.body === undefined || init.body === null ? init : { ...init, method: "POST" };
}

function scopeOf(url: URL, region: string | undefined, service: string | undefined): AwsScope {
  const guess = region === undefined || service === undefined ? guessScope(url) : undefined;
  const scope = { region: region ?? guess?.region, service: service ?? guess?.service };
  if (scope.region === undefined || scope.service === undefined) {
    throw new FetchError("SCOPE_UNKNOWN", `${url.host} does not tell its service and region: pass both to AwsClient.`);
  }
  return { region: scope.region, service: scope.service };
}

function payloadOf(call: Outgoing, headers: Headers, service: string): PayloadMode | undefined {
  const given = headers.get("x-amz-content-sha256");
  headers.delete("x-amz-content-sha256");
  if (given === "UNSIGNED-PAYLOAD") return "unsigned";
  if (given !== null && /^[\da-f]{64}$/u.test(given)) return { sha256: given };
  // As the service has it: hashed, or unsigned for a presigned S3 address.
  if (!isStream(call.init.body)) return undefined;
  if (service === "s3") return "unsigned";
  throw new FetchError(
    "STREAM_NEEDS_PAYLOAD",
    "A stream cannot be hashed before it is sent: set x-amz-content-sha256, or pass the bytes instead of the stream.",
  );
}

function settingsOf(aws: AwsSigningOptions, service: string): SigningSettings {
  return {
    ...(aws.allHeaders === true ? { signedHeaders: "all" } : {}),
    ...(aws.singleEncode === true ? { pathEncoding: "single" } : {}),
    ...(aws.appendSessionToken === true || service === "iotdevicegateway" ? { sessionToken: "appended" } : {}),
  };
}

function dateOf(datetime: string): Date {
  const date = new Date(datetime.replace(DATETIME, "$1-$2-$3T$4:$5:$6Z"));
  if (DATETIME.test(datetime) && !Number.isNaN(date.getTime())) return date;
  throw new FetchError("INVALID_OPTION", "aws.datetime must have the form 20260101T120000Z.");
}
