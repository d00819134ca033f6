import { Agent } from "node:https";
import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as s3 from "@aws-sdk/client-s3";
import * as featureStore from "@aws-sdk/client-sagemaker-featurestore-runtime";
import * as runtime from "@aws-sdk/client-sagemaker-runtime";
import * as sso from "@aws-sdk/client-sso";
import * as ssoOidc from "@aws-sdk/client-sso-oidc";
import * as sts from "@aws-sdk/client-sts";
import type { Aws, LocalCredentials } from "@countersign/testing";
import { makeBuilder } from "@smithy/core/client";
import { getEndpointPlugin } from "@smithy/core/endpoints";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { type ModelledService, readModel } from "../../../packages/testing/src/model/model.ts";
import type { Asked } from "./calls.ts";
import { missingMembers, type Schema } from "./required-members.ts";
import { operationSchema } from "./schema-of-model.ts";

type Module = Readonly<Record<string, unknown>>;
type Fields = Readonly<Record<string, unknown>>;
interface Client {
  send(command: never): Promise<Fields>;
  destroy(): void;
}
type ClientConstructor = new (config: object) => Client;
type Command = new (input: object) => never;

/** What a reader made of the answer of one operation. */
export interface Read {
  readonly service: string;
  readonly operation: string;
  /** Paths of required members that the reader did not find. */
  readonly missing: readonly string[];
  /** The status, name and message of the error, or null. */
  readonly error: string | null;
}

interface Reader {
  readonly Client: ClientConstructor;
  /** Every operation that the client has. */
  readonly operations: readonly string[];
  command(operation: string): Command;
  schema(operation: string): Schema;
}

function packaged(module: Module, name: string): Reader {
  return {
    Client: module[name] as ClientConstructor,
    operations: Object.keys(module)
      .filter((each) => each.endsWith("Command") && each !== "$Command")
      .map((each) => each.slice(0, -"Command".length)),
    command: (operation) => module[`${operation}Command`] as Command,
    schema: (operation) => module[`${operation}$`] as Schema,
  };
}

/** The SDK's client of a REST JSON service whose package the tests do not install: the same code, the model's schemas. */
function modelled(service: ModelledService): Reader {
  const parameters = {
    UseFIPS: { type: "builtInParams", name: "useFipsEndpoint" },
    Endpoint: { type: "builtInParams", name: "endpoint" },
    Region: { type: "builtInParams", name: "region" },
    UseDualStack: { type: "builtInParams", name: "useDualstackEndpoint" },
  } as const;
  const Client = featureStore.SageMakerFeatureStoreRuntimeClient as unknown as ClientConstructor;
  const command = makeBuilder(parameters, service, "Client", getEndpointPlugin as never);
  return {
    Client,
    operations: [...readModel(service).operations.keys()],
    command: (operation) => command({}, () => [], operation, operationSchema(service, operation) as never) as never,
    schema: (operation) => operationSchema(service, operation),
  };
}

/** The SDK's clients by service. */
export const readers: Readonly<Record<string, Reader>> = {
  "sagemaker-runtime": packaged(runtime, "SageMakerRuntimeClient"),
  "sagemaker-featurestore-runtime": packaged(featureStore, "SageMakerFeatureStoreRuntimeClient"),
  "sagemaker-metrics": modelled("sagemaker-metrics"),
  "sagemaker-edge": modelled("sagemaker-edge"),
  "sagemaker-a2i-runtime": modelled("sagemaker-a2i-runtime"),
  sts: packaged(sts, "STSClient"),
  "sso-oidc": packaged(ssoOidc, "SSOOIDCClient"),
  sso: packaged(sso, "SSOClient"),
  s3: packaged(s3, "S3Client"),
  ecr: packaged(ecr, "ECRClient"),
  ec2: packaged(ec2, "EC2Client"),
};

/** The SDK's clients of one local AWS. */
export interface SdkCalls {
  call(service: string, operation: string, asked: Asked): Promise<Read>;
  close(): void;
}

export function sdkCalls(aws: Aws, session: LocalCredentials): SdkCalls {
  const agent = new Agent({ ca: aws.ca, keepAlive: true, maxSockets: 8 });
  const clients = new Map<string, Client>();
  const members = new Map<string, unknown>();
  const clientOf = (service: string, { Client }: Reader, signer: Asked["signer"]): Client => {
    const name = `${service} ${signer}`;
    const known = clients.get(name);
    if (known !== undefined) return known;
    const client = new Client({
      region: aws.region,
      endpoint: aws.url.all,
      credentials: signer === "session" ? session : aws.user,
      requestHandler: new NodeHttpHandler({ httpsAgent: agent }),
      maxAttempts: 1,
      forcePathStyle: true,
      disableHostPrefix: true,
    });
    clients.set(name, client);
    return client;
  };
  return {
    async call(service, operation, { input, signer }) {
      const reader = readers[service];
      if (reader === undefined) throw new Error(`The SDK has no client of ${service} here.`);
      const read = { service, operation, missing: [], error: null };
      try {
        const command = new (reader.command(operation))(resolved(input, members) as object);
        const output = await clientOf(service, reader, signer).send(command);
        await consume(output["Body"]);
        for (const [key, value] of Object.entries(output)) if (typeof value === "string") members.set(key, value);
        return { ...read, missing: missingMembers((reader.schema(operation) as readonly Schema[])[5] ?? 0, output) };
      } catch (error) {
        const { name, message, $metadata } = error as Error & { readonly $metadata?: { httpStatusCode?: number } };
        return { ...read, error: `${$metadata?.httpStatusCode ?? 0} ${name}: ${message}` };
      }
    },
    close() {
      for (const client of clients.values()) client.destroy();
      agent.destroy();
    },
  };
}

/** Inputs as the SDK takes them: members of earlier answers, and times as dates. */
function resolved(value: unknown, members: ReadonlyMap<string, unknown>): unknown {
  if (typeof value === "string" && value.startsWith("$")) return members.get(value.slice(1));
  if (Array.isArray(value)) return value.map((each) => resolved(each, members));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      key === "Timestamp" ? new Date(Number(each) * 1000) : resolved(each, members),
    ]),
  );
}

/** Reads a body to its end: bytes, a stream of bytes, or a stream of events. */
async function consume(body: unknown): Promise<void> {
  if (typeof body !== "object" || body === null || !(Symbol.asyncIterator in body)) return;
  let parts = 0;
  for await (const _ of body as AsyncIterable<unknown>) parts += 1;
  if (parts === 0) throw new Error("The body is empty.");
}
