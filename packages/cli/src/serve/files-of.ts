import { homedir } from "node:os";
import path from "node:path";
import type { Io } from "../io.ts";
import type { SecretReference } from "../daemon/listen-config.ts";
import type { ServeConfig } from "./config.ts";

/** The files that a configuration names, and those with the broker's own credentials: a change of one is a reload. */
export function filesOf(config: ServeConfig, file: string, { env }: Pick<Io, "env">): readonly string[] {
  const { listen, admin, store, vending } = config;
  const secrets: (SecretReference | undefined)[] = [admin?.token];
  const files: (string | undefined)[] = [file];
  for (const where of [...listen, ...(admin === undefined ? [] : [admin])]) files.push(where.certificate, where.key);
  if (store?.kind === "valkey") {
    files.push(store.ca, store.certificate, store.key);
    secrets.push(store.password, store.sentinelPassword, ...store.keyring.map(({ key }) => key));
  }
  const { identityProvider, identityProviders = [] } = vending ?? {};
  for (const provider of [identityProvider, ...identityProviders]) files.push(provider?.jwksFile);
  const home = path.join(env["HOME"] ?? homedir(), ".aws");
  files.push(
    env["AWS_SHARED_CREDENTIALS_FILE"] ?? path.join(home, "credentials"),
    env["AWS_CONFIG_FILE"] ?? path.join(home, "config"),
  );
  for (const secret of secrets) files.push(secret !== undefined && "file" in secret ? secret.file : undefined);
  return [...new Set(files.filter((one): one is string => one !== undefined))];
}
