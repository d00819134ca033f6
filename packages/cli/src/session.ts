import { readFileSync } from "node:fs";
import { type Broker, createBroker } from "@countersign/broker";
import { type Clock, type CredentialProvider, type MemoizedProvider, createClock, memoize } from "@countersign/signer";
import { type EndpointKind, type EndpointOptions, endpointOptionsFromEnv } from "@countersign/signer/endpoints";
import { type Transport, createTransport } from "@countersign/transport";
import { CliError } from "./cli-error.ts";
import { type OptionSpecs, type OptionValues, text } from "./command.ts";
import type { Io } from "./io.ts";

/** Options of every command that talks to AWS. */
export const SESSION_OPTIONS: OptionSpecs = {
  region: { type: "string", value: "REGION", help: "default: AWS_REGION, AWS_DEFAULT_REGION, the profile's region" },
  profile: { type: "string", value: "NAME", help: "profile of the AWS configuration files; default: AWS_PROFILE" },
  role: { type: "string", value: "ARN", help: "assume this role first" },
  "vpc-endpoint": { type: "string", value: "ID", help: "go through this interface VPC endpoint" },
};

/** What a command needs to reach AWS, made from its options and the environment. */
export interface Session {
  readonly region: string;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly credentials: MemoizedProvider;
  endpoint(service: EndpointKind): EndpointOptions;
  close(): Promise<void>;
}

/**
 * @throws CliError `REGION_MISSING` when nothing names a region; `FILE_UNREADABLE` for the file of AWS_CA_BUNDLE.
 */
export async function openSession(options: OptionValues, io: Io): Promise<Session> {
  const profile = text(options, "profile") ?? io.env["AWS_PROFILE"];
  const region = await findRegion(text(options, "region"), profile, io);
  const vpcEndpoint = text(options, "vpc-endpoint");
  const clock = createClock();
  const transport = createTransport({ clock, proxy: "env", ...certificateAuthorities(io) });
  const endpoint = (service: EndpointKind): EndpointOptions =>
    vpcEndpoint !== undefined && service !== "sts" ? { vpcEndpoint } : endpointOptionsFromEnv(io.env, service);
  const source = memoize(await defaultChain(region, profile, transport), { clock });
  const roleArn = text(options, "role");
  let broker: Broker | undefined;
  if (roleArn !== undefined) {
    broker = createBroker({ region, credentials: source, transport, clock, endpoint: endpoint("sts") });
  }
  return {
    region,
    clock,
    transport,
    endpoint,
    credentials: broker === undefined || roleArn === undefined ? source : memoize(broker.role({ roleArn }), { clock }),
    async close() {
      await broker?.close();
      await transport.close();
    },
  };
}

/**
 * The region as AWS tools find it: the option, the environment, the profile.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html
 */
export async function findRegion(option: string | undefined, profile: string | undefined, io: Io): Promise<string> {
  const named = option ?? io.env["AWS_REGION"] ?? io.env["AWS_DEFAULT_REGION"];
  if (named !== undefined && named !== "") return named;
  const { loadSharedConfigFiles } = await import("@smithy/core/config");
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  const name = profile ?? "default";
  const found = configFile[name]?.["region"] ?? credentialsFile[name]?.["region"];
  if (found !== undefined && found !== "") return found;
  throw new CliError("REGION_MISSING", `no region: pass --region, set AWS_REGION, or give profile ${name} one`);
}

/** Where AWS tools find credentials: environment, SSO, files, processes, web identity, container, instance. */
export async function defaultChain(
  region: string,
  profile: string | undefined,
  transport: Transport,
): Promise<CredentialProvider> {
  const { fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
  const chain = fromNodeProviderChain({
    clientConfig: { region, requestHandler: transport.requestHandler() },
    ...(profile === undefined ? {} : { profile }),
  });
  return async () => {
    try {
      return await chain();
    } catch (cause) {
      const where =
        profile === undefined ? "no credentials found" : `profile ${JSON.stringify(profile)} gives no credentials`;
      throw new CliError("CREDENTIALS_MISSING", where, { cause });
    }
  };
}

/** The authorities of AWS_CA_BUNDLE, which stand in for the ones that Node trusts, as with other AWS tools. */
export function certificateAuthorities(io: Io): { readonly ca?: string } {
  const file = io.env["AWS_CA_BUNDLE"];
  if (file === undefined || file === "") return {};
  try {
    return { ca: readFileSync(file, "utf8") };
  } catch (cause) {
    throw new CliError("FILE_UNREADABLE", `AWS_CA_BUNDLE: cannot read ${file}`, { cause });
  }
}
