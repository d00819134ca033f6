import path from "node:path";
import { createBroker } from "@countersign/broker";
import { createAdminApp } from "@countersign/broker/server";
import {
  type AuditRecord,
  createProxy,
  type ForwardListening,
  type ListenOptions,
  type Proxy,
} from "@countersign/proxy";
import { CliError } from "../cli-error.ts";
import { checkUnchanged } from "../daemon/check-unchanged.ts";
import { withPosition } from "../daemon/config-file.ts";
import { checkSocket } from "../daemon/daemon-socket.ts";
import { live, type Prepared } from "../daemon/life.ts";
import { certificatesOf } from "../daemon/certificate.ts";
import { type Closable, createListeners, type Wanted } from "../daemon/listeners.ts";
import { loopbackOnly } from "../daemon/loopback-only.ts";
import { refusePipes } from "../daemon/refuse-pipes.ts";
import { adminDigestOf } from "../daemon/secret.ts";
import { answerOnPort } from "../daemon/serve-fetch.ts";
import { openTelemetry } from "../daemon/telemetry.ts";
import type { Io } from "../io.ts";
import { brokerOptionsOf, openSession } from "../session.ts";
import { clientsOf, hasCredentials } from "./clients.ts";
import { filesOfProxy, type ProxyFile, type ReadProxy, readProxy } from "./config.ts";
import { endpointsOf } from "./endpoints.ts";
import { fixedOfProxy } from "./fixed-fields.ts";
import { writeWhole } from "../write-whole.ts";

/**
 * Reads a configuration and makes everything that the proxy needs, except listeners.
 *
 * @throws CliError `INVALID_CONFIG` with file, line and field, `FILE_UNREADABLE`, `REGION_MISSING`; `USAGE` for a socket.
 */
export async function prepareProxy(file: string, io: Io): Promise<Prepared> {
  const first = readProxy(file);
  let { config } = first;
  for (const { socket } of first.listens) if (socket !== undefined) checkSocket(socket);
  const session = await openSession({ region: config.region, profile: config.profile }, io);
  const closing: (() => unknown)[] = [() => session.close()];
  const close = async (): Promise<void> => {
    for (const end of closing.toReversed()) await end();
  };
  try {
    // Without proof there is no client: such requests are a flood's, and are sampled.
    const telemetry = await openTelemetry<AuditRecord>(config, io, session.clock, ({ client, code }) =>
      client === null ? { name: "proxy.refused", code: code ?? "" } : undefined,
    );
    closing.push(() => telemetry.close());
    const { audit, metrics } = telemetry;
    const broker = createBroker({ ...brokerOptionsOf(session), onEvent: telemetry.onEvent });
    closing.push(() => broker.close());
    metrics.observe(broker);

    let clients = withPosition(file, "", () => clientsOf(first, session, broker));
    const { maxSkewMs, maxBufferedBytes } = config;
    const proxy = await placed(file, () =>
      createProxy({
        clients,
        transport: session.transport,
        clock: session.clock,
        endpoints: endpointsOf(config, session),
        registry: metrics.registry,
        audit: audit.write,
        maxSkewMs,
        maxBufferedBytes,
      }),
    );
    closing.push(() => proxy.close());
    let isLeaving = false;
    let adminDigest = adminDigestOf(config, io);
    telemetry.present(certificatesOf([config.admin]));
    const admin = createAdminApp(broker, {
      registry: metrics.registry,
      isDraining: () => isLeaving,
      readiness: async () =>
        (await hasCredentials(clients)) ? { ready: true, says: "ready" } : { ready: false, says: "no credentials" },
      tokenSha256: () => adminDigest,
    });
    const listeners = createListeners(telemetry.log, "proxy");

    function wanted({ config: next, listens }: ReadProxy): readonly Wanted[] {
      return [
        ...listens.map((where, index) => wantedOf(proxy, where, index)),
        ...(next.forward === undefined ? [] : [forwardOf(proxy, next.forward)]),
        ...(next.admin === undefined
          ? []
          : [
              {
                ...answerOnPort(
                  "admin",
                  next.admin,
                  loopbackOnly(admin.fetch, next.admin),
                  telemetry.connections.operators,
                ),
                note: { role: "admin" },
              },
            ]),
      ];
    }

    async function take(): Promise<void> {
      const next = readProxy(file, refusePipes);
      checkUnchanged(fixedOfProxy(config, next.config), file, "proxy");
      const replaced = withPosition(file, "", () => clientsOf(next, session, broker));
      const nextDigest = adminDigestOf(next.config, io);
      const certificates = certificatesOf([next.config.admin]);
      // A socket can only be opened for a client that the proxy has. Until all of the configuration is known to be right,
      // a client that it adds may do nothing.
      const added = replaced.filter(({ name }) => clients.every((client) => client.name !== name));
      proxy.replaceClients([...clients, ...added.map(({ name, credentials }) => ({ name, credentials, allow: [] }))]);
      try {
        const change = await listeners.prepare(wanted(next));
        try {
          withPosition(file, "", () => proxy.replaceClients(replaced));
        } catch (error) {
          await change.cancel();
          throw error;
        }
        // Nothing can fail from here on.
        change.commit();
      } catch (error) {
        proxy.replaceClients(clients);
        throw error;
      }
      clients = replaced;
      adminDigest = nextDigest;
      config = next.config;
      telemetry.setLevel(config);
      telemetry.present(certificates);
      session.renew();
    }

    return {
      close,
      async serve() {
        const change = await listeners.prepare(wanted(first));
        change.commit();
        return live({
          name: "proxy",
          file,
          clock: session.clock,
          log: telemetry.log,
          sinks: telemetry.sinks,
          metrics: telemetry.serverMetrics,
          config: () => config,
          files: () => filesOfProxy(config, file),
          addresses: listeners.addresses,
          take,
          leave: () => (isLeaving = true),
          finish: (graceMs) => listeners.close(graceMs),
        });
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** `withPosition` for what is made asynchronously. */
async function placed<T>(file: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    return withPosition(file, "", () => {
      throw error;
    });
  }
}

function wantedOf(proxy: Proxy, where: ListenOptions, index: number): Wanted {
  const { host = "127.0.0.1", port = 0, socket, client, cert, key, clientCa } = where;
  const place = socket === undefined ? `${host} ${port === 0 ? `any ${index}` : port}` : `unix ${socket}`;
  return {
    name: `listen ${cert === undefined ? "plain" : "tls"} ${place}`,
    note: { role: "endpoint", ...(client !== undefined && { client }) },
    async prepare(open) {
      const listening = open ?? closable(await proxy.listen(where));
      return {
        listening,
        use() {
          if (cert !== undefined && key !== undefined) (listening as ProxyClosable).renew?.({ cert, key, clientCa });
        },
      };
    },
  };
}

function forwardOf(proxy: Proxy, { caFile, ...where }: NonNullable<ProxyFile["forward"]>): Wanted {
  return {
    name: "forward",
    note: { role: "forward", caFile: path.resolve(caFile) },
    async prepare(open) {
      if (open !== undefined) return { listening: open, use: () => undefined };
      const forward = await proxy.listenForward(where);
      try {
        writeWhole(caFile, forward.ca);
      } catch (cause) {
        await forward.close(0);
        throw new CliError("FILE_UNREADABLE", `cannot write ${caFile}`, { cause });
      }
      return { listening: closable(forward), use: () => undefined };
    },
  };
}

type ProxyClosable = Closable & Partial<Pick<ForwardListening, "renew">>;

function closable({ url, close, renew }: Pick<ForwardListening, "url" | "close" | "renew">): ProxyClosable {
  return { address: url, close, ...(renew && { renew }) };
}
