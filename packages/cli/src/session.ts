import {
  type Broker,
  type ConfigFiles,
  type ProfileSettings,
  createBroker,
  defaultChain,
  settingsOf,
} from "@countersign/broker";
import { type Clock, type MemoizedProvider, createClock, memoize } from "@countersign/signer";
import { type EndpointKind, type EndpointOptions, resolveEndpoint } from "@countersign/signer/endpoints";
import { type Transport, createTransport } from "@countersign/transport";
import { askMfaCode } from "./ask-mfa-code.ts";
import { certificateAuthorities } from "./authorities.ts";
import { CliError } from "./cli-error.ts";
import { lazyTransport } from "./lazy-transport.ts";
import { createRenewable } from "./renewable.ts";
import { type OptionSpecs, type OptionValues, text } from "./command.ts";
import { checkRoleArn } from "./role-arn.ts";
import type { Io } from "./io.ts";

/** Options of every command that needs credentials. */
export const CREDENTIAL_OPTIONS: OptionSpecs = {
  region: { type: "string", value: "REGION", help: "default: AWS_REGION, AWS_DEFAULT_REGION, the profile's region" },
  profile: { type: "string", value: "NAME", help: "profile of the AWS configuration files; default: AWS_PROFILE" },
  role: { type: "string", value: "ARN", help: "assume this role first" },
};

/** Options of every command that talks to SageMaker. */
export const SESSION_OPTIONS: OptionSpecs = {
  ...CREDENTIAL_OPTIONS,
  "vpc-endpoint": { type: "string", value: "ID", help: "use this interface VPC endpoint" },
};

/** The source of a chain that gave the credentials. */
export interface ChosenSource {
  readonly name: string;
  readonly passed: readonly string[];
}

/** The connections, credentials and settings of a command, made from its options, the environment and the shared files. */
export interface Session {
  readonly region: string;
  readonly clock: Clock;
  /** Made by its first use, which throws CliError `FILE_UNREADABLE` for the authorities, and what `createTransport` throws. */
  readonly transport: Transport;
  readonly credentials: MemoizedProvider;
  readonly settings: ProfileSettings;
  /** The source that gave the credentials, and why others were passed over; `undefined` before the first ones. */
  readonly source: () => ChosenSource | undefined;
  endpoint(service: EndpointKind): EndpointOptions;
  /** Reads the sources of credentials again with the next call, such as a file whose keys were rotated. */
  renew(): void;
  close(): Promise<void>;
}

/** What differs between commands. */
export interface SessionRules {
  /** Whether the terminal may be asked for the code of an MFA device. Default: always. */
  readonly mayAsk?: () => boolean;
}

/**
 * @throws CliError `REGION_MISSING` when neither an option, the environment nor the profile names a region;
 * BrokerError `SOURCE_INVALID` with file and line for a wrong profile.
 */
export async function openSession(
  options: OptionValues,
  io: Io,
  { mayAsk = () => true }: SessionRules = {},
): Promise<Session> {
  const settings = readSettings(text(options, "profile"), io);
  const region = findRegion(text(options, "region"), settings);
  const vpcEndpoint = text(options, "vpc-endpoint");
  const roleArn = text(options, "role");
  if (roleArn !== undefined) checkRoleArn("--role", roleArn);
  const clock = io.clock ?? createClock();
  const transport = lazyTransport(() =>
    // http: goes to this machine only.
    createTransport({ clock, proxy: "env", allowLoopbackHttp: true, ...certificateAuthorities(settings) }),
  );
  const endpoint = (service: EndpointKind): EndpointOptions =>
    vpcEndpoint !== undefined && service !== "sts" ? { vpcEndpoint } : endpointIn(settings, service, region);
  let chosen: ChosenSource | undefined;
  const chain = defaultChain({
    onSource: (name, passed) => (chosen = { name, passed }),
    transport,
    region,
    clock,
    env: io.env,
    profile: text(options, "profile"),
    ...(io.canAsk === true && { mfaCode: (serialNumber) => codeFor(serialNumber, mayAsk) }),
  });
  const source = createRenewable(() => memoize(chain, { clock }));
  let broker: Broker | undefined;
  if (roleArn !== undefined) {
    broker = createBroker({ region, credentials: source, transport, clock, endpoint: endpoint("sts") });
  }
  return {
    region,
    clock,
    transport,
    settings,
    source: () => chosen,
    endpoint,
    credentials: broker === undefined || roleArn === undefined ? source : memoize(broker.role({ roleArn }), { clock }),
    renew: () => source.renew(),
    async close() {
      await broker?.close();
      await transport.close();
    },
  };
}

/** The options of a broker that assumes roles with a session's credentials, over its connections. */
export function brokerOptionsOf(
  session: Session,
): Pick<Session, "region" | "credentials" | "transport" | "clock"> & { readonly endpoint: EndpointOptions } {
  const { region, credentials, transport, clock } = session;
  return { region, credentials, transport, clock, endpoint: session.endpoint("sts") };
}

async function codeFor(serialNumber: string, mayAsk: () => boolean): Promise<string> {
  if (mayAsk()) return askMfaCode(serialNumber);
  throw new CliError(
    "MFA_UNATTENDED",
    "a new code of the MFA device is needed, and the terminal belongs to the command",
  );
}

/** The settings of the profile that the option or the environment names. */
export function readSettings(
  profile: string | undefined,
  { env }: Pick<Io, "env">,
  files?: ConfigFiles,
): ProfileSettings {
  return settingsOf({ profile, env, files });
}

/**
 * The endpoint of a service.
 *
 * @throws CliError `INVALID_CONFIG` that names the variable or line of a wrong address; it is found where it is used first.
 */
function endpointIn(settings: ProfileSettings, service: EndpointKind, region: string): EndpointOptions {
  const endpoint = settings.endpoint(service);
  const given = settings.endpointUrl(service);
  if (given === undefined || endpoint.url === undefined) return endpoint;
  try {
    resolveEndpoint({ service, region, ...endpoint });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/^url: /, "") : "must be an https: URL";
    throw new CliError("INVALID_CONFIG", `${given.from}: ${reason}`);
  }
  return endpoint;
}

/** A Region of AWS, or of a service that speaks its protocol: a form that no source and no address refuses later. */
const REGION = /^[a-z][a-z\d-]{1,62}$/;

/**
 * The region: of the option, the environment, the profile.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html
 *
 * @throws CliError `REGION_MISSING`; `INVALID_CONFIG` for one that no signature can hold, with its place.
 */
export function findRegion(option: string | undefined, { region, profile }: ProfileSettings): string {
  const found = option ?? region?.value;
  if (found !== undefined && found !== "") {
    if (REGION.test(found)) return found;
    const from = option === undefined ? region?.from : "--region";
    throw new CliError("INVALID_CONFIG", `${from}: must be a Region such as eu-west-1, not ${JSON.stringify(found)}`);
  }
  throw new CliError("REGION_MISSING", `no region: pass --region, set AWS_REGION, or give profile ${profile} one`);
}
