import type { Broker } from "@countersign/broker";
import { createGuard } from "@countersign/guard";
import type { ProxyClient } from "@countersign/proxy";
import type { Session } from "../session.ts";
import type { ReadProxy } from "./config.ts";

/** The clients of a configuration, with their keys, guards, and the roles that their requests are signed with. */
export function clientsOf(
  { config, keys }: Pick<ReadProxy, "config" | "keys">,
  { credentials }: Pick<Session, "credentials">,
  broker: Pick<Broker, "role">,
): readonly ProxyClient[] {
  return config.clients.map(({ keyFile: _keyFile, roleArn, externalId, posture, ...client }) => ({
    ...client,
    key: keys.get(client.name),
    credentials:
      roleArn === undefined ? credentials : broker.role({ roleArn, ...(externalId !== undefined && { externalId }) }),
    guard: posture === undefined ? undefined : createGuard({ posture }),
  }));
}

/** Ready: the requests of at least one client can be signed. A role that one client cannot have is that client's fault. */
export async function hasCredentials(clients: readonly ProxyClient[]): Promise<boolean> {
  const asked = clients.map(async ({ credentials }) => {
    const provider = typeof credentials === "object" && "provider" in credentials ? credentials.provider : credentials;
    if (typeof provider === "function") await provider();
  });
  return Promise.any(asked).then(
    () => true,
    () => false,
  );
}
