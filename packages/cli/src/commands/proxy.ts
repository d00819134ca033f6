import { writeFileSync } from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
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
import { checkSocket } from "../daemon/daemon-socket.ts";
import { createAuditLog } from "../serve/audit-log.ts";
import { watchFiles } from "../serve/watch.ts";
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
    "`--issue` prints a new placeholder key for such a keyFile. Audit records go to stdout, a JSON object a line.\n" +
    "Changed clients, keys and certificates are taken while the proxy runs, within five seconds or on SIGHUP; a wrong\n" +
    "CONFIG is refused and the old one goes on.",
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
    const read = (): ReadFile => readAll(file);
    const { config, listens, keys } = read();
    for (const { socket } of listens) if (socket !== undefined) checkSocket(socket);
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
    const clientsOf = (given: Pick<ReadFile, "config" | "keys">): ProxyClient[] =>
      given.config.clients.map((client) => proxyClient(client, given.keys.get(client.name), session, broker));
    let clients = clientsOf({ config, keys });
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
      let files = filesOf(config, file);
      const reload = (): void => {
        try {
          const next = read();
          checkSameProcess(config, next.config, file);
          const replaced = clientsOf(next);
          for (const [index, { cert, key, clientCa }] of next.listens.entries()) {
            if (cert !== undefined) listening[index]?.renew?.({ cert, key, clientCa });
          }
          made.replaceClients(replaced);
          clients = replaced;
          files = filesOf(next.config, file);
          io.stderr(`${file} is in use\n`);
        } catch (error) {
          io.stderr(`${file} is not in use, and the earlier configuration stays: ${(error as Error).message}\n`);
        }
      };
      const unwatch = watchFiles(() => files, WATCH_MS, reload);
      process.on("SIGHUP", reload);
      try {
        await untilStopped();
      } finally {
        process.removeListener("SIGHUP", reload);
        unwatch();
      }
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

/** How often the files are looked at. */
const WATCH_MS = 5_000;

/** A configuration, and what the files that it names hold. */
interface ReadFile {
  readonly config: ProxyConfig;
  readonly listens: readonly ListenOptions[];
  readonly keys: ReadonlyMap<string, PlaceholderKey>;
}

function readAll(file: string): ReadFile {
  const config = readProxyConfig(file);
  const keys = new Map(
    config.clients.flatMap(({ name, keyFile }) => (keyFile === undefined ? [] : [[name, readKey(keyFile)] as const])),
  );
  return { config, listens: config.listen.map(listenOptions), keys };
}

/** The files whose change is a reload. */
function filesOf({ listen, clients }: ProxyConfig, file: string): readonly string[] {
  const named = [
    ...listen.flatMap((where) => [where.certificateFile, where.keyFile, where.clientCaFile]),
    ...clients.map(({ keyFile }) => keyFile),
  ];
  return [file, ...named.filter((one): one is string => one !== undefined)];
}

/** Clients, their keys and certificates may change while the proxy runs. @throws CliError `INVALID_CONFIG` for the rest. */
function checkSameProcess(before: ProxyConfig, after: ProxyConfig, file: string): void {
  const { clients } = before;
  if (!isDeepStrictEqual({ ...after, clients }, { ...before }))
    throw new CliError(
      "INVALID_CONFIG",
      `${file}: only clients may change while the proxy runs; restart it for the rest`,
    );
}

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
