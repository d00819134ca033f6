import { certificatesOf } from "../daemon/certificate.ts";
import { checkUnchanged } from "../daemon/check-unchanged.ts";
import { refusePipes } from "../daemon/refuse-pipes.ts";
import { adminDigestOf } from "../daemon/secret.ts";
import { makeCommandLine } from "./command-line.ts";
import { readServeConfig, type ServeConfig } from "./config.ts";
import { doorsOf } from "./doors.ts";
import { filesOf } from "./files-of.ts";
import { fixedOf } from "./fixed-fields.ts";
import { checkKeyFiles } from "./key-files.ts";
import type { Server } from "./open-server.ts";

/**
 * Takes the file as it is now. First everything that can fail is checked and prepared, then it is put in force.
 *
 * @throws CliError as `prepareServer`; then the configuration in force stays.
 */
export async function reload(server: Server): Promise<void> {
  const { file, io, session, telemetry, store, inForce } = server;
  const next = readServeConfig(file);
  refusePipes(filesOf(next, file, io));
  checkUnchanged(fixedOf(inForce.config, next), file, "broker");
  checkKeyFiles(next, file);
  const certificates = certificatesOf([...next.listen, next.admin]);
  const nextStore = await store.prepare(next);
  try {
    await replaceAnswers(next, server);
  } catch (error) {
    nextStore.cancel();
    throw error;
  }
  nextStore.commit();
  telemetry.setLevel(next);
  telemetry.present(certificates);
  session.renew();
}

/** Puts grants, command line, operators' token and listeners in force. */
async function replaceAnswers(next: ServeConfig, server: Server): Promise<void> {
  const { io, session, broker, vending, listeners, inForce } = server;
  const adminDigest = adminDigestOf(next, io);
  const commandLine = makeCommandLine(next, broker, session);
  const change = await listeners.prepare(doorsOf(next, server));
  try {
    vending.take(next.vending);
  } catch (error) {
    await change.cancel();
    throw error;
  }
  // Nothing can fail from here on.
  change.commit();
  inForce.commandLine = commandLine;
  inForce.adminDigest = adminDigest;
  inForce.config = next;
  void vending.app()?.warm();
}
