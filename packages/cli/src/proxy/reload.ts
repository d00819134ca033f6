import type { ProxyClient } from "@countersign/proxy";
import { certificatesOf } from "../daemon/certificate.ts";
import { checkUnchanged } from "../daemon/check-unchanged.ts";
import { withPosition } from "../daemon/config-file.ts";
import { refusePipes } from "../daemon/refuse-pipes.ts";
import { adminDigestOf } from "../daemon/secret.ts";
import { clientsOf } from "./clients.ts";
import { certifiedBy, type ReadProxy, readProxy } from "./config.ts";
import { doorsOf } from "./doors.ts";
import { fixedOfProxy } from "./fixed-fields.ts";
import type { ProxyServer } from "./open-proxy.ts";

/**
 * Takes the file as it is now. First everything that can fail is checked and prepared, then it is put in force.
 *
 * @throws CliError as `prepareProxy`; then the configuration in force stays.
 */
export async function reload(server: ProxyServer): Promise<void> {
  const { file, io, session, telemetry, broker, inForce } = server;
  const next = readProxy(file, refusePipes);
  checkUnchanged(fixedOfProxy(inForce.config, next.config), file, "proxy");
  const clients = withPosition(file, "", () => clientsOf(next, session, broker));
  const adminDigest = adminDigestOf(next.config, io);
  const certificates = certificatesOf(certifiedBy(next.config));
  await replaceClients(clients, next, server);
  inForce.clients = clients;
  inForce.adminDigest = adminDigest;
  inForce.config = next.config;
  telemetry.setLevel(next.config);
  telemetry.present(certificates);
  session.renew();
}

/**
 * Puts clients and listeners in force. A socket can only be opened for a client that the proxy has. Until all of the
 * configuration is known to be right, a client that it adds may do nothing.
 */
async function replaceClients(
  clients: readonly ProxyClient[],
  next: ReadProxy,
  { file, telemetry, proxy, admin, listeners, inForce }: ProxyServer,
): Promise<void> {
  const current = inForce.clients;
  const added = clients.filter(({ name }) => current.every((client) => client.name !== name));
  proxy.replaceClients([...current, ...added.map(({ name, credentials }) => ({ name, credentials, allow: [] }))]);
  try {
    const change = await listeners.prepare(doorsOf(next, proxy, admin, telemetry.connections.operators));
    try {
      withPosition(file, "", () => proxy.replaceClients(clients));
    } catch (error) {
      await change.cancel();
      throw error;
    }
    // Nothing can fail from here on.
    change.commit();
  } catch (error) {
    proxy.replaceClients(current);
    throw error;
  }
}
