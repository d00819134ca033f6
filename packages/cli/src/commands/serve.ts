import { brokerMetrics, createBroker } from "@countersign/broker";
import { VendingError, createCommandLineApp, createOperatorLog, createVendingApp } from "@countersign/broker/server";
import { usageError } from "../cli-error.ts";
import { type Command, flag } from "../command.ts";
import { checkSocket, daemonSocket } from "../daemon/daemon-socket.ts";
import { EXIT } from "../exit-codes.ts";
import { readTextFile } from "../input.ts";
import type { Io } from "../io.ts";
import { createAuditLog, refusedVend } from "../serve/audit-log.ts";
import { type ServeConfig, invalidConfig, readServeConfig } from "../serve/config.ts";
import { type Listening, listenOnPort, listenOnSocket, readCertificate } from "../serve/listen.ts";
import { openSession } from "../session.ts";
import { untilStopped } from "../until-stopped.ts";

export const serve: Command = {
  usage: "serve CONFIG [--check]",
  details:
    "CONFIG is a JSON file:\n\n" +
    '  { "region": "eu-west-1",\n' +
    '    "listen": [{ "host": "0.0.0.0", "port": 8443, "certificate": "cert.pem", "key": "key.pem" }],\n' +
    '    "vending": { "hosts": ["broker.example.com:8443"], "grants": { … } },\n' +
    '    "commandLine": { "roles": ["arn:aws:iam::111122223333:role/inference"] } }\n\n' +
    "SIGTERM and SIGINT end it after the requests under way. Audit events go to stdout, a JSON object a line.",
  operands: 1,
  options: { check: { type: "boolean", help: "check CONFIG and exit" } },
  examples: ["countersign serve broker.json", "countersign serve broker.json --check"],
  async run({ positionals, options, io }) {
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw usageError("serve: expected one configuration file");
    const config = readServeConfig(file);
    const session = await openSession({ region: config.region, profile: config.profile }, io);
    const metrics = await brokerMetrics();
    const log = createOperatorLog(io.stderr);
    const broker = createBroker({
      region: session.region,
      credentials: session.credentials,
      transport: session.transport,
      clock: session.clock,
      endpoint: session.endpoint("sts"),
      onEvent(event) {
        metrics.onEvent(event);
        log(event);
      },
    });
    const audit = createAuditLog(io, () => session.clock.now(), refusedVend);
    const listening: Listening[] = [];
    try {
      const app = withPosition(file, () =>
        config.vending === undefined
          ? undefined
          : createVendingApp(broker, {
              ...config.vending,
              transport: session.transport,
              clock: session.clock,
              onEvent: audit.write,
              registry: metrics.registry,
            }),
      );
      if (flag(options, "check")) {
        for (const where of config.listen) readCertificate(where);
        if (config.commandLine !== undefined) checkSocket(socketOf(config, io));
        io.stdout(`${file} can be served\n`);
        return EXIT.ok;
      }
      if (app !== undefined) for (const where of config.listen) listening.push(await listenOnPort(app.fetch, where));
      if (config.commandLine !== undefined) {
        const { roles } = config.commandLine;
        listening.push(
          await listenOnSocket(
            createCommandLineApp(broker, { roles, clock: session.clock }).fetch,
            socketOf(config, io),
          ),
        );
      }
      for (const { address } of listening) io.stderr(`listening on ${address}\n`);
      await untilStopped();
      io.stderr("finishing\n");
      await app?.drain();
      return EXIT.ok;
    } finally {
      await Promise.all(listening.map((server) => server.close()));
      audit.close();
      await broker.close();
      await session.close();
    }
  },
};

function socketOf({ commandLine }: ServeConfig, { env }: Io): string {
  return commandLine?.socket ?? daemonSocket(env);
}

/** Adds the file and line to an error about a field of `vending`. */
function withPosition<T>(file: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof VendingError) || error.code !== "INVALID_CONFIG") throw error;
    const [, pointer = "", message = error.message] = /^(\/\S*): (.*)$/s.exec(error.message) ?? [];
    throw invalidConfig(file, readTextFile(file), `/vending${pointer}`, message);
  }
}
