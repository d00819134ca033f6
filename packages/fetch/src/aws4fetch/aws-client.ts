import {
  type Clock,
  type PayloadMode,
  type SigningSettings,
  applySignature,
  createClock,
  presignRequest,
  signRequest,
} from "@countersign/signer";
import { checkOptions, flag, optional, shape, type Shapes, text, unchecked } from "@countersign/signer/options";
import { readCall } from "#platform/read-call";
import { fetchOf } from "#platform/send-globally";
import { rememberAddress } from "../call/dot-segments.ts";
import { checkInit, type FetchInput, isStream, type Outgoing, unquoted } from "../call/outgoing.ts";
import { refuse, refuseOption } from "../errors/fetch-error.ts";
import { type AwsScope, guessScope } from "../hosts/guess-scope.ts";
import { createHostGate } from "../hosts/host-gate.ts";
import { isLoopback } from "../hosts/loopback.ts";
import { compose, type Fetch } from "../middleware/middleware.ts";
import { resigningRedirects } from "../middleware/redirect.ts";
import { retry } from "../middleware/retry.ts";
import { checkPath } from "../middleware/signing-step.ts";
import { own } from "../call/own.ts";

/** Options of `AwsClient`, as aws4fetch has them. */
export interface AwsClientOptions {
  /** The id of the access key. */
  readonly accessKeyId: string;
  /** Its secret. */
  readonly secretAccessKey: string;
  /** The token of temporary keys. Default: the keys are long-term ones. */
  readonly sessionToken?: string | undefined;
  /** Default: the one that the host names. */
  readonly service?: string | undefined;
  /** Default: the one that the host names. */
  readonly region?: string | undefined;
  /** Accepted and not used: signing keys are not stored where other code can read them. */
  readonly cache?: Map<string, ArrayBuffer> | undefined;
  /** How often a request is sent again. Default: 10. */
  readonly retries?: number | undefined;
  /** Upper bound of the wait before the first retry, in milliseconds; doubles with each. Default: 50. */
  readonly initRetryMs?: number | undefined;
}

/** `init.aws`: the options of one call. */
export interface AwsSigningOptions extends Partial<
  Pick<AwsClientOptions, "accessKeyId" | "secretAccessKey" | "cache">
> {
  /** Default: the client's. */
  readonly sessionToken?: string | undefined;
  /** Default: the client's, else the one that the host names. */
  readonly service?: string | undefined;
  /** Default: the client's, else the one that the host names. */
  readonly region?: string | undefined;
  /** The time of the signature, as `20260101T120000Z`. Default: now. */
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

/** What aws4fetch takes as its first argument. */
export type AwsRequestInput = FetchInput | { toString(): string };

const count = optional(shape("a number from 0", (value) => typeof value === "number" && value >= 0));
const string = optional(shape("text", (value) => typeof value === "string"));

const callShapes: Shapes<AwsSigningOptions> = {
  accessKeyId: string,
  secretAccessKey: string,
  sessionToken: string,
  service: optional(text),
  region: optional(text),
  cache: unchecked,
  datetime: string,
  signQuery: optional(flag),
  appendSessionToken: optional(flag),
  allHeaders: optional(flag),
  singleEncode: optional(flag),
};

const clientShapes: Shapes<AwsClientOptions> = {
  accessKeyId: string,
  secretAccessKey: string,
  sessionToken: string,
  service: optional(text),
  region: optional(text),
  cache: unchecked,
  retries: count,
  initRetryMs: count,
};

const DATETIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u;

/** S3's own default for presigned addresses, in seconds. */
const S3_EXPIRES_S = 86_400;
const EXPIRES_S = 3600;

/**
 * aws4fetch's `AwsClient`: to migrate, change the import.
 *
 * It differs from aws4fetch in these points. Redirects are refused instead of followed with the session token
 * (aws4fetch#51). Every kind of body works (#36, #50). Lost connections are retried where that is safe (#69). A POST is
 * repeated after a 5xx only if it is an inference. Headers that proxies add are not signed (#77). Logs show no secret.
 * The query is signed and sent as the caller wrote it.
 *
 * @throws TypeError without keys, as aws4fetch does; FetchError `INVALID_OPTION` for other options that are wrong.
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
    const given = { __proto__: null, ...options } as unknown as AwsClientOptions;
    if (typeof given.accessKeyId !== "string") throw new TypeError("accessKeyId is a required option");
    if (typeof given.secretAccessKey !== "string") throw new TypeError("secretAccessKey is a required option");
    const { accessKeyId, secretAccessKey, sessionToken, service, region, cache, retries, initRetryMs } =
      checkOptions<AwsClientOptions>(given, clientShapes, refuseOption);
    this.accessKeyId = accessKeyId;
    // Readable by name, as aws4fetch has them, but not enumerable, so that no log contains them. A descriptor that
    // inherits would read a polluted `Object.prototype`.
    Object.defineProperties(this, {
      secretAccessKey: own({ value: secretAccessKey, writable: true }),
      sessionToken: own({ value: sessionToken, writable: true }),
    });
    this.service = service;
    this.region = region;
    this.cache = cache ?? new Map();
    this.retries = retries ?? 10;
    this.initRetryMs = initRetryMs ?? 50;
  }

  /** Signs a request. @returns a Request that any fetch can send. @throws FetchError, SignerError. */
  async sign(input: AwsRequestInput, init?: AwsRequestInit | null): Promise<Request> {
    const { input: carried, init: carriedInit } = await this.#prepare(input, init);
    return unquoted("init", () => new Request(carried, carriedInit));
  }

  /** Signs and sends; each attempt is signed anew. @throws what fetch throws, FetchError, SignerError. */
  async fetch(input: AwsRequestInput, init?: AwsRequestInit | null): Promise<Response> {
    const { aws, rest } = splitInit(init);
    const call = await readAwsCall(input, rest);
    const clock = this.#clock;
    const send: Fetch = compose(
      async (request, given) => {
        // Not as one Request: fetch would read what is missing beside it from a polluted `Object.prototype`.
        const signed = await this.#prepare(request, own<AwsRequestInit>(given, { redirect: "manual", aws }));
        return (fetchOf(undefined) ?? globalThis.fetch)(signed.input, signed.init);
      },
      resigningRedirects({ clock }),
      retry({ attempts: this.retries + 1, baseMs: this.initRetryMs, clock }),
    );
    return send(call.input, call.init);
  }

  async #prepare(
    input: AwsRequestInput,
    init?: AwsRequestInit | null,
  ): Promise<{ readonly input: Request | string; readonly init: RequestInit }> {
    const { aws, rest } = splitInit(init);
    const call = await readAwsCall(input, rest);
    this.#gate(call.url);
    const { url, headers } = this.#signed(call, aws);
    // The token in the headers must not go where a Location leads; a URL that is signed itself carries nothing there.
    const follows = (call.init.redirect ?? "follow") === "follow";
    return {
      input: typeof call.input !== "string" && url === call.url.href ? call.input : url,
      init: own<RequestInit>(
        call.init,
        // The signature covers the method in upper case, and a Request would keep "patch" as it is written.
        { headers, method: call.init.method.toUpperCase() },
        follows && aws.signQuery !== true ? { redirect: "manual" } : {},
      ),
    };
  }

  #signed(call: Outgoing, aws: AwsSigningOptions): { readonly url: string; readonly headers: Headers } {
    const { accessKeyId = this.accessKeyId, secretAccessKey = this.secretAccessKey } = aws;
    const sessionToken = aws.sessionToken ?? this.sessionToken;
    const { region, service } = scopeOf(call.url, aws.region ?? this.region, aws.service ?? this.service);
    const settings = settingsOf(aws, service);
    checkPath(call.input, { service, settings });
    const headers = new Headers(call.init.headers);
    // A signature for a host that the caller names would be valid there and be sent to the URL's host. The length is that
    // of the body, whatever the caller says.
    for (const name of ["host", "content-length"]) headers.delete(name);
    const payload = payloadOf(call, headers, service);
    const body = isStream(call.init.body) ? null : call.init.body;
    const request = { method: call.init.method, url: call.url.href, headers, payload, body };
    const context = {
      credentials: { accessKeyId, secretAccessKey, sessionToken },
      region,
      service,
      date: aws.datetime === undefined ? new Date(this.#clock.now()) : dateOf(aws.datetime),
      settings,
    };
    if (aws.signQuery !== true) {
      const signed = applySignature(request, signRequest(request, context));
      const sent = new Headers(signed.headers);
      sent.delete("host");
      return { url: signed.url, headers: sent };
    }
    const { url, value } = takeParameter(call.url.href, "X-Amz-Expires");
    const expiresIn = value === undefined ? (service === "s3" ? S3_EXPIRES_S : EXPIRES_S) : Number(value);
    return { url: presignRequest({ ...request, url }, { ...context, expiresIn }).url, headers };
  }
}

/** Separates aws4fetch's options from the fields of fetch, own properties only. */
function splitInit(init: AwsRequestInit | null | undefined): {
  readonly aws: AwsSigningOptions;
  readonly rest: RequestInit;
} {
  checkInit(init);
  const { aws, ...rest } = { __proto__: null, ...init } as unknown as AwsRequestInit;
  return { aws: checkOptions<AwsSigningOptions>(aws, callShapes, refuseOption, "aws."), rest: own(rest) };
}

/** Takes one parameter out of a URL's query, and leaves every other byte as it is. */
function takeParameter(href: string, name: string): { readonly url: string; readonly value: string | undefined } {
  const [base = "", query] = href.split(/\?(.*)/s, 2);
  let value: string | undefined;
  const kept = query?.split("&").filter((pair) => {
    const [key = "", ...rest] = pair.split("=");
    if (key !== name) return true;
    value ??= rest.join("=");
    return false;
  });
  return { url: kept === undefined || kept.length === 0 ? base : `${base}?${kept.join("&")}`, value };
}

function readAwsCall(input: AwsRequestInput, init: RequestInit): Promise<Outgoing> {
  return readCall(input as FetchInput, withMethod(input, init), undefined, rememberAddress);
}

/** aws4fetch sends a request that has a body with POST. */
function withMethod(input: unknown, init: RequestInit): RequestInit {
  const hasMethod = init.method !== undefined || (typeof input === "object" && input !== null && "method" in input);
  return hasMethod || init.body === undefined || init.body === null ? init : own(init, { method: "POST" });
}

function scopeOf(url: URL, region: string | undefined, service: string | undefined): AwsScope {
  const guess = region === undefined || service === undefined ? guessScope(url) : undefined;
  const scope = { region: region ?? guess?.region, service: service ?? guess?.service };
  if (scope.region === undefined || scope.service === undefined) {
    refuse(
      "SCOPE_UNKNOWN",
      `region, service: must be given for ${url.host}, which names neither; pass both to AwsClient`,
    );
  }
  return { region: scope.region, service: scope.service };
}

function payloadOf(call: Outgoing, headers: Headers, service: string): PayloadMode | undefined {
  const given = headers.get("x-amz-content-sha256");
  headers.delete("x-amz-content-sha256");
  if (given === "UNSIGNED-PAYLOAD") return "unsigned";
  if (given !== null && /^[\da-f]{64}$/u.test(given)) return { sha256: given };
  // The default of the service: the body's hash, or unsigned for a presigned S3 URL.
  if (!isStream(call.init.body)) return undefined;
  if (service === "s3") return "unsigned";
  return refuse(
    "STREAM_NEEDS_PAYLOAD",
    "body: must not be a stream, which cannot be hashed before it is sent; set x-amz-content-sha256 or pass the bytes",
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
  return refuse("INVALID_OPTION", "aws.datetime: must have the form 20260101T120000Z");
}
