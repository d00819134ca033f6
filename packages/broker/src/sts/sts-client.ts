import { type AwsCredentials, type Clock, type ClockObservation, signRequest } from "@countersign/signer";
import { type EndpointOptions, resolveEndpoint } from "@countersign/signer/endpoints";
import type { HttpHandler, SdkRequest } from "@countersign/transport";
import type { STSClient, STSClientConfig } from "@aws-sdk/client-sts";
import { readHttpDate } from "../model/read-time.ts";
import { createRunStorage, type RunStorage } from "../model/run-storage.ts";
import { boundedBody } from "./bounded-body.ts";
import { timeRefusal } from "./time-refusal.ts";
import type { Sts, StsAnswer, StsOperation } from "./sts.ts";

export interface StsClientOptions {
  readonly requestHandler: HttpHandler;
  readonly endpoint: (region: string) => EndpointOptions;
  readonly clock: Clock;
}

/** The state of one request inside the SDK's client. */
interface Call {
  readonly credentials: AwsCredentials | undefined;
  date?: Date;
  /** What an answer over TLS says of the time, until it is known whether it issued something or why it refused. */
  time?: ClockObservation;
  /** The clock's correction when the request was signed. */
  signedOffsetMs?: number;
}

type Sdk = typeof import("@aws-sdk/client-sts");

const COMMANDS = {
  AssumeRole: "AssumeRoleCommand",
  AssumeRoleWithWebIdentity: "AssumeRoleWithWebIdentityCommand",
  AssumeRoleWithSAML: "AssumeRoleWithSAMLCommand",
  GetSessionToken: "GetSessionTokenCommand",
  GetFederationToken: "GetFederationTokenCommand",
  AssumeRoot: "AssumeRootCommand",
  GetWebIdentityToken: "GetWebIdentityTokenCommand",
} as const satisfies Record<StsOperation, keyof Sdk>;

/**
 * STS through AWS's own client, used for its protocol only. It makes one attempt over our transport to our endpoint, and
 * signs with our signer, since its own signer caches keys made from the secret for the whole process. One client for
 * each Region; the SDK is loaded with the first request.
 */
export function createStsClient(options: StsClientOptions): Sts {
  const clients = new Map<string, Promise<STSClient>>();
  const calls = createRunStorage<Call>();
  let sdk: Promise<Sdk> | undefined;

  const clientFor = (region: string): Promise<STSClient> => {
    let client = clients.get(region);
    if (client === undefined) {
      client = (sdk ??= import("@aws-sdk/client-sts")).then(({ STSClient: Client }) => makeClient(Client, region));
      clients.set(region, client);
    }
    return client;
  };

  function makeClient(Client: Sdk["STSClient"], region: string): STSClient {
    const { url, signingRegion, signingName } = resolveEndpoint({
      ...options.endpoint(region),
      service: "sts",
      region,
    });
    const trusted = url.protocol === "https:";
    const identity = async (): Promise<AwsCredentials> => calls.getStore()?.credentials ?? NONE;
    return new Client({
      region,
      endpoint: url.href,
      requestHandler: observing(options.requestHandler, options.clock, trusted, calls),
      maxAttempts: 1,
      credentials: Object.assign(identity, { memoized: true }) as STSClientConfig["credentials"] & {},
      signer: {
        sign: async (request: unknown) => {
          const current = calls.getStore();
          const { credentials = NONE } = current ?? {};
          if (current !== undefined) current.signedOffsetMs = options.clock.offsetMs;
          const date = new Date(options.clock.now());
          return sign(request as SdkRequest, { credentials, region: signingRegion, service: signingName, date });
        },
      } as never,
      // Set here, since the client reads missing settings from the environment and the shared config files.
      retryMode: "standard",
      defaultsMode: "standard",
      useFipsEndpoint: false,
      useDualstackEndpoint: false,
      userAgentAppId: async () => undefined,
      authSchemePreference: async () => [],
      sigv4aSigningRegionSet: async () => [],
    });
  }

  return async (operation, input, { region, credentials, signal }) => {
    const client = await clientFor(region);
    const Command = ((await sdk) as Sdk)[COMMANDS[operation]] as unknown as new (input: unknown) => never;
    const call: Call = { credentials };
    const send = async (): Promise<StsAnswer> =>
      (await client.send(new Command(input), { abortSignal: signal })) as StsAnswer;
    const answer = await calls.run(call, send).catch((error: unknown) => {
      if (call.time !== undefined) observeRefusal(call.time, error, call.signedOffsetMs, options.clock);
      throw error;
    });
    if (call.time !== undefined) observeIssuer(call.time, answer, options.clock);
    return { ...answer, ...(call.date && { date: call.date }) };
  };
}

/** A placeholder that signs nothing: operations without credentials are sent unsigned. */
const NONE: AwsCredentials = { accessKeyId: "none", secretAccessKey: "none" };

/** Signs a request of the SDK's client, which is always a POST of a form to the endpoint. */
function sign(request: SdkRequest, context: Parameters<typeof signRequest>[1]): SdkRequest {
  const { protocol, hostname, port, path, method, headers, body } = request;
  const url = `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}`;
  const signature = signRequest({ method, url, headers, body: body as string }, context);
  Object.assign(headers, signature.headers);
  return request;
}

/**
 * STS issues credentials and tokens that are valid: where the clock takes them for expired, the answer's `Date` corrects
 * it at once.
 */
function observeIssuer(time: ClockObservation, answer: StsAnswer, clock: Clock): void {
  const end = (answer.Credentials ?? answer).Expiration?.getTime() ?? Number.NaN;
  clock.observe({ ...time, confirmed: time.date.getTime() < end && end <= clock.now() });
}

/** Only a refusal for the request's time confirms that the clock is off. The time in its text counts before its `Date`. */
function observeRefusal(
  time: ClockObservation,
  error: unknown,
  signedOffsetMs: number | undefined,
  clock: Clock,
): void {
  const refusal = timeRefusal(error);
  if (refusal === undefined) clock.observe(time);
  else clock.observe({ ...time, date: refusal.date ?? time.date, confirmed: true, refusedOffsetMs: signedOffsetMs });
}

/** Keeps the `Date` of each answer for the call. */
function observing(handler: HttpHandler, clock: Clock, trusted: boolean, calls: RunStorage<Call>): HttpHandler {
  return {
    ...handler,
    async handle(request, handlerOptions) {
      const sentAt = clock.wall();
      const result = await handler.handle(request, handlerOptions);
      const receivedAt = clock.wall();
      const response = { ...result.response, body: boundedBody(result.response.body) };
      const date = readHttpDate(result.response.headers["date"]);
      const call = calls.getStore();
      if (date !== undefined && call !== undefined) {
        call.date = date;
        const age = result.response.headers["age"];
        const ageS = age === undefined ? undefined : Number(age);
        if (trusted) call.time = { date, sentAt, receivedAt, ageS };
      }
      return { ...result, response };
    },
  };
}
