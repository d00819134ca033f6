// The file that declares it: Node 24 finds a name that the package's main file hands on only by compiling text, which
// `--disallow-code-generation-from-strings` forbids.
import { Sha256 } from "@aws-crypto/sha256-js/build/main/jsSha256.js";
import type { Guard } from "@countersign/guard";
import type { AwsCredentials } from "@countersign/signer";
import { isRecord, text } from "@countersign/signer/options";
import {
  SignatureV4,
  type SignatureV4CryptoInit,
  type SignatureV4Init,
  signatureV4aContainer,
} from "@smithy/signature-v4";
import type {
  AwsCredentialIdentity,
  DateInput,
  EventSigningArguments,
  FormattedEvent,
  HttpRequest,
  MessageSigningArguments,
  RequestPresigningArguments,
  RequestSigningArguments,
  SignableMessage,
  SignedMessage,
  SigningArguments,
} from "@smithy/types";
import { refuse, refuseOption } from "./error.ts";
import { presignedQuery, toHoist } from "./presigned-query.ts";
import { copyOf, type ReadRequest, readRequest, urlOf, withParts } from "./sdk-request.ts";
import { keepSignedBy } from "./signed-by.ts";
import { plainCredentials, type SigningCore, type SigningTask } from "./signing-core.ts";

/** The argument with which a client calls the signer's constructor. */
export type SignerInit = SignatureV4Init & Partial<SignatureV4CryptoInit>;

/** The type of a client's `signerConstructor`. */
export type SignerConstructor = new (init: SignerInit) => SignatureV4;

/** The part of a guard that checks requests. */
export type RequestGuard = Pick<Guard, "enforceRequest" | "remember">;

/** The parts that all signers of one `countersigned` share. */
export interface SharedParts {
  readonly core: SigningCore;
  readonly guard?: RequestGuard | undefined;
  /** The transport connects to private addresses only. */
  readonly privateAddresses: boolean;
  /** Receives each signed request, and what the guard read in it. */
  readonly signed: (request: HttpRequest, call: Awaited<ReturnType<RequestGuard["enforceRequest"]>>) => void;
}

/** The services whose requests Countersign signs; tests cover them. The SDK's own signer signs for all others. */
const SERVICES = new Set(["sagemaker", "sagemaker-geospatial", "sts", "ecr", "ec2"]);

/** Answers with the caller's object itself: signing keys are cached by it. */
type CallersCredentials = () => Promise<AwsCredentials>;

/** A region set of Signature Version 4a. */
const REGION_SET = /[*,]/u;

/** The header for the token of a session of Amazon S3. */
const SESSION_TOKEN = "x-amz-s3session-token";

/**
 * Makes the class that SDK clients construct once per request and attempt. Everything that lasts longer is in the
 * shared parts.
 *
 * The class extends the SDK's own signer, which still signs strings, events and messages. It overrides the public `sign`
 * and `presign`, because `signRequest` is private there.
 */
export function createCountersigner({ core, guard, privateAddresses, signed: report }: SharedParts): SignerConstructor {
  return class Countersigner extends SignatureV4 {
    readonly #init: SignerInit;
    /** For our signatures. The SDK's own signers get a copy: they would read a polluted `Object.prototype`. */
    readonly #credentials: CallersCredentials;

    constructor(given: SignerInit) {
      const init = ownOnly(given);
      const { service, region, credentials } = init;
      text(service, "service", refuseOption);
      for (const [name, value] of Object.entries({ region, credentials })) {
        if (Object(value) !== value && typeof value !== "string") refuseOption(`${name}: must be given`, name);
      }
      const provide = (typeof credentials === "function" ? credentials : async () => credentials) as CallersCredentials;
      const forSdk = async (): Promise<AwsCredentials> => plainCredentials(await provide());
      super(Object.assign(init, { sha256: init.sha256 ?? Sha256, credentials: forSdk }));
      this.#init = init;
      this.#credentials = provide;
    }

    override sign(stringToSign: string, options?: SigningArguments): Promise<string>;
    override sign(event: FormattedEvent, options: EventSigningArguments): Promise<string>;
    override sign(event: SignableMessage, options: MessageSigningArguments): Promise<SignedMessage>;
    override sign(request: HttpRequest, options?: RequestSigningArguments): Promise<HttpRequest>;
    override async sign(given: unknown, options?: unknown): Promise<unknown> {
      if (!isRequest(given)) return super.sign(given as string, options as SigningArguments);
      const toSign = copyOf(given, guard !== undefined);
      const asked: RequestSigningArguments = checkAsked(options);
      const call = await this.#ask(toSign);
      const read = asked.signableHeaders || asked.unsignableHeaders ? undefined : readRequest(toSign);
      const task = read === undefined ? undefined : await this.#task(asked);
      const signed =
        read === undefined || task === undefined
          ? await this.#signBySdk(toSign, asked)
          : withParts(toSign, { headers: { ...read.pseudo, ...core.sign(read, task) } });
      keepSignedBy(signed, (task?.credentials ?? (await this.#credentials())).accessKeyId);
      report(signed, call);
      return signed;
    }

    override async presign(given: HttpRequest, asked?: RequestPresigningArguments): Promise<HttpRequest> {
      if (!isRequest(given)) refuseOption("request: must be an HttpRequest of the SDK", "request");
      const options: RequestPresigningArguments = checkAsked(asked);
      const request = copyOf(given, guard !== undefined);
      await this.#ask(request);
      const { expiresIn = 3600, signableHeaders, unsignableHeaders, hoistableHeaders, unhoistableHeaders } = options;
      const chosen = signableHeaders ?? unsignableHeaders ?? hoistableHeaders ?? unhoistableHeaders;
      const read = chosen === undefined ? readRequest(request) : undefined;
      const task = read === undefined ? undefined : await this.#task(options);
      if (read === undefined || task === undefined) {
        if (REGION_SET.test(await this.#regionOf(options))) {
          refuse("signingRegion: must be one Region for a presigned URL");
        }
        return super.presign(request, options);
      }
      const { headers, hoisted } = toHoist(read.headers);
      const url = urlOf(withParts(request, { query: { ...request.query, ...hoisted } }));
      const unsigned: ReadRequest = { ...read, url, headers };
      return withParts(request, {
        // The query holds what a path such as /a?b has behind the question mark.
        path: request.path.replace(/\?.*$/su, ""),
        headers: { ...read.pseudo, ...headers },
        query: presignedQuery(core.presign(unsigned, { ...task, expiresIn })),
      });
    }

    /**
     * Signs with the credentials of a session, which Amazon S3's clients make for a directory bucket. Its token has a header
     * of its own.
     *
     * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateSession.html
     */
    async signWithCredentials(
      given: HttpRequest,
      session: AwsCredentialIdentity,
      options?: RequestSigningArguments,
    ): Promise<HttpRequest> {
      if (!isRequest(given)) refuseOption("request: must be an HttpRequest of the SDK", "request");
      if (!isRecord(session)) refuseOption("credentials: must be those of a session", "credentials");
      const { sessionToken, ...credentials } = ownOnly(session);
      const headers = { ...given.headers, ...(sessionToken !== undefined && { [SESSION_TOKEN]: sessionToken }) };
      return new Countersigner({ ...this.#init, credentials }).sign(withParts(given, { headers }), options);
    }

    async #signBySdk(request: HttpRequest, options: RequestSigningArguments): Promise<HttpRequest> {
      if (!REGION_SET.test(await this.#regionOf(options))) return super.sign(request, options);
      // The SDK loads this signer only for programs that import it.
      const { SignatureV4a } = signatureV4aContainer;
      return SignatureV4a === null
        ? refuse(
            "signingRegion: a set of Regions is signed with Signature Version 4a; install and import @aws-sdk/signature-v4a",
          )
        : new SignatureV4a(this.#init).sign(request, options);
    }

    async #regionOf(options: RequestSigningArguments): Promise<string> {
      return options.signingRegion ?? (await this.regionProvider());
    }

    /** Throws the guard's findings. The SDK does not retry an error from here, and nothing is sent. */
    async #ask(request: HttpRequest): Promise<Awaited<ReturnType<RequestGuard["enforceRequest"]>>> {
      if (guard === undefined) return undefined;
      const { method, headers } = request;
      const body = request.body as string | Uint8Array | null | undefined;
      return guard.enforceRequest({ method, url: urlOf(request), headers, body }, { privateAddresses });
    }

    /** The parts of one signature; `undefined` when the SDK's own signer has to sign. */
    async #task(options: RequestSigningArguments): Promise<SigningTask | undefined> {
      const service = options.signingService ?? this.service;
      if (!SERVICES.has(service)) return undefined;
      const region = await this.#regionOf(options);
      if (REGION_SET.test(region)) return undefined;
      const credentials = await this.#credentials();
      this.validateResolvedCredentials(credentials);
      return {
        credentials,
        region,
        service,
        date: dateOf(options.signingDate ?? new Date(core.clock.now())),
        payloadHeader: this.applyChecksum,
      };
    }
  };
}

/** SDK clients pass more than is read here, so unknown names are allowed. */
function checkAsked(options: unknown): object {
  if (options !== undefined && !isRecord(options)) refuseOption("options: must be an object", "options");
  const asked = ownOnly<{ readonly signingDate?: unknown }>(options);
  const { signingDate } = asked;
  if (signingDate !== undefined && !isDate(signingDate)) {
    refuseOption("signingDate: must be a Date, a number of seconds or text that is a date", "signingDate");
  }
  return asked;
}

/** Whether a value is a date that both signers can read: the SDK's own throws errors of the platform. */
function isDate(value: unknown): value is DateInput {
  const isKnown =
    typeof value === "number" || typeof value === "string" || Object.prototype.toString.call(value) === "[object Date]";
  return isKnown && !Number.isNaN(dateOf(value as DateInput).getTime());
}

/** The SDK corrects the date itself, so its date is used unchanged. */
function dateOf(date: DateInput): Date {
  if (typeof date === "number") return new Date(date * 1000);
  return typeof date === "string" && /^\d+(?:\.\d+)?$/u.test(date) ? new Date(Number(date) * 1000) : new Date(date);
}

/** A copy that inherits nothing: the SDK's own signer, too, would read from a polluted `Object.prototype`. */
function ownOnly<Options extends object>(options: Options | undefined): Options {
  return { __proto__: null as never, ...(options as Options) };
}

function isRequest(value: unknown): value is HttpRequest {
  return typeof value === "object" && value !== null && "method" in value && "hostname" in value && "headers" in value;
}
