import { writeFileSync } from "node:fs";
import path from "node:path";
import { brokerMetrics, createBroker } from "@countersign/broker";
import { createGuard } from "@countersign/guard";
import {
  type AuditRecord,
  checkProxyConfig,
  createProxy,
  issueKey,
  listenAdmin,
  type ListenConfig,
  type Listening,
  type ListenOptions,
  type PlaceholderKey,
  type ProxyClient,
  type ProxyConfig,
} from "@countersign/proxy";
import type { EndpointKind, EndpointOptions } from "@countersign/signer/endpoints";
import { CliError, usageError } from "../cli-error.ts";
import { type Command, flag } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { parseJson, readJsonFile, readTextFile } from "../input.ts";
import { invalidConfig } from "../serve/config.ts";
import { openSession, type Session } from "../session.ts";
import { createAuditLog } from "../serve/audit-log.ts";
import { untilStopped } from "../until-stopped.ts";

export const proxy: Command = {
  usage: "proxy CONFIG [--check] | proxy --issue",
  details:
    "Runs a signing proxy: clients send requests signed with placeholder keys, and the proxy verifies, judges and signs\n" +
    "them anew. CONFIG is a JSON file:\n\n" +
    '  { "version": 1, "region": "eu-west-1",\n' +
    '    "listen": [{ "port": 8080 }],\n' +
    '    "clients": [{ "name": "notebook", "keyFile": "notebook.json",\n' +
    '      "roleArn": "arn:aws:iam::111122223333:role/inference",\n' +
    '      "allow": [{ "actions": ["sagemaker:InvokeEndpoint"], "resources": ["endpoint/churn-*"] }] }] }\n\n' +
    "`--issue` prints a new placeholder key for such a keyFile. Audit records go to stdout, a JSON object a line.",
  operands: 1,
  options: {
    check: { type: "boolean", help: "check CONFIG and the files it names, and exit" },
    issue: { type: "boolean", help: "print a new placeholder key and exit" },
  },
  examples: ["countersign proxy --issue > notebook.json", "countersign proxy proxy.json"],
  async run({ positionals, options, io }) {
    if (flag(options, "issue")) {
      io.stdout(`${JSON.stringify(issueKey())}\n`);
      return EXIT.ok;
    }
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw usageError("proxy: expected one configuration file");
    const config = readProxyConfig(file);
    const listens = config.listen.map(listenOptions);
    const keys = new Map(
      config.clients.flatMap(({ name, keyFile }) => (keyFile === undefined ? [] : [[name, readKey(keyFile)] as const])),
    );
    if (flag(options, "check")) {
      io.stdout(`${file} can be used\n`);
      return EXIT.ok;
    }
    const session = await openSession({ region: config.region, profile: config.profile }, io);
    const metrics = await brokerMetrics();
    const broker = createBroker({
      region: session.region,
      credentials: session.credentials,
      transport: session.transport,
      clock: session.clock,
      endpoint: session.endpoint("sts"),
      onEvent: metrics.onEvent,
    });
    const clients = config.clients.map((client) => proxyClient(client, keys.get(client.name), session, broker));
    // Without proof there is no client: such requests are a flood's, and are sampled.
    const audit = createAuditLog<AuditRecord>(
      io,
      () => session.clock.now(),
      ({ client, code }) => (client === null ? { name: "proxy.refused", code: code ?? "" } : undefined),
    );
    const made = await createProxy({
      clients,
      transport: session.transport,
      clock: session.clock,
      endpoints: endpointsOf(config, session),
      registry: metrics.registry,
      audit: audit.write,
      ...(config.maxSkewMs !== undefined && { maxSkewMs: config.maxSkewMs }),
      ...(config.maxBufferedBytes !== undefined && { maxBufferedBytes: config.maxBufferedBytes }),
    });
    const listening: Listening[] = [];
    try {
      for (const where of listens) listening.push(await made.listen(where));
      if (config.forward !== undefined) {
        const { caFile, ...where } = config.forward;
        const forward = await made.listenForward(where);
        listening.push(forward);
        writeFileSync(caFile, forward.ca);
        io.stderr(`HTTPS_PROXY=${forward.url} AWS_CA_BUNDLE=${path.resolve(caFile)}\n`);
      }
      if (config.admin !== undefined) {
        const isReady = (): Promise<boolean> => hasCredentials(clients);
        const admin = await listenAdmin({ ...config.admin, registry: metrics.registry, isReady });
        listening.push(admin);
        io.stderr(`metrics and health on ${admin.url}\n`);
      }
      for (const { url } of listening.slice(0, listens.length)) io.stderr(`listening on ${url}\n`);
      await untilStopped();
      io.stderr("finishing\n");
      return EXIT.ok;
    } finally {
      await Promise.all(listening.map((one) => one.close()));
      await made.close();
      audit.close();
      await broker.close();
      await session.close();
    }
  },
};

/** @throws CliError `INVALID_CONFIG` that names file, line and field. */
function readProxyConfig(file: string): ProxyConfig {
  const json = readTextFile(file);
  return checkProxyConfig(parseJson(json, file), (message, field) => {
    const pointer = field === "options" ? "" : `/${field.replaceAll(/\[(\d+)\]/gu, "/$1").replaceAll(".", "/")}`;
    throw invalidConfig(file, json, pointer, message.replace(/^[^:]*: /u, ""));
  });
}

function listenOptions({ certificateFile, keyFile, clientCaFile, ...where }: ListenConfig): ListenOptions {
  const read = (name: string | undefined): string | undefined => (name === undefined ? undefined : readTextFile(name));
  return { ...where, cert: read(certificateFile), key: read(keyFile), clientCa: read(clientCaFile) };
}

function readKey(file: string): PlaceholderKey {
  const { accessKeyId, secretAccessKey } = Object(readJsonFile(file)) as Partial<PlaceholderKey>;
  if (typeof accessKeyId !== "string" || typeof secretAccessKey !== "string") {
    throw new CliError(
      "INVALID_CONFIG",
      `${file}: must be { "accessKeyId", "secretAccessKey" }; make one with countersign proxy --issue`,
    );
  }
  return { accessKeyId, secretAccessKey };
}

function proxyClient(
  { roleArn, externalId, posture, name, allow, ...config }: ProxyConfig["clients"][number],
  key: PlaceholderKey | undefined,
  session: Session,
  broker: ReturnType<typeof createBroker>,
): ProxyClient {
  const { certificateSha256, replay, maxBodyBytes, requestsPerSecond, maxInFlight } = config;
  return {
    name,
    allow,
    key,
    certificateSha256,
    replay,
    maxBodyBytes,
    requestsPerSecond,
    maxInFlight,
    credentials:
      roleArn === undefined
        ? session.credentials
        : broker.role({ roleArn, ...(externalId !== undefined && { externalId }) }),
    guard: posture === undefined ? undefined : createGuard({ posture }),
  };
}

const SERVICES: readonly EndpointKind[] = [
  "ecr",
  "s3",
  "sagemaker",
  "sagemaker-a2i-runtime",
  "sagemaker-edge",
  "sagemaker-featurestore-runtime",
  "sagemaker-metrics",
  "sagemaker-runtime",
  "sts",
];

/** The configuration's FIPS and dual-stack settings, and for each service what the environment says. */
function endpointsOf({ fips, dualStack }: ProxyConfig, session: Session): Record<string, EndpointOptions> {
  const chosen = { ...(fips !== undefined && { fips }), ...(dualStack !== undefined && { dualStack }) };
  return Object.fromEntries(
    SERVICES.map((service) => {
      const given = session.endpoint(service);
      return [service, given.url === undefined && given.vpcEndpoint === undefined ? { ...given, ...chosen } : given];
    }),
  );
}

/** Ready: at least one client's requests can be signed. A role that one client cannot have is that client's trouble. */
async function hasCredentials(clients: readonly ProxyClient[]): Promise<boolean> {
  const asked = clients.map(async ({ credentials }) => {
    const provider = typeof credentials === "object" && "provider" in credentials ? credentials.provider : credentials;
    if (typeof provider === "function") await provider();
  });
  return Promise.any(asked).then(
    () => true,
    () => false,
  );
}
