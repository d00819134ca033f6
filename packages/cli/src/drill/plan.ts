import type { ContainerGrant, GrantStatement, VendingConfig } from "@countersign/broker/server";
import { CliError } from "../cli-error.ts";
import type { BrokerFields, ServeConfig } from "../serve/config.ts";
import { sha256 } from "../daemon/sha256.ts";

/** What is drilled: the sessions of a configuration, without their callers' proofs. */
export interface Plan {
  readonly region: string;
  readonly failoverRegions: readonly string[];
  readonly roleArns: readonly string[];
  readonly vending: VendingConfig;
  readonly broker: BrokerFields;
}

export const DRILL_HOST = "broker.drill";
/** The token of every grant during a drill. */
export const DRILL_TOKEN = "countersign-drill";

/**
 * The plan for a configuration. Each grant keeps its role, external id, permissions and duration; its callers prove
 * themselves with one token, and each `{claim}` is "drill".
 *
 * @throws CliError `INVALID_CONFIG` for a configuration without grants and command line roles.
 */
export function planOf({
  vending,
  commandLine,
  region = "us-east-1",
  failoverRegions = [],
  ...rest
}: ServeConfig): Plan {
  const grants: Record<string, ContainerGrant> = {};
  for (const [name, grant] of Object.entries(vending?.grants ?? {})) {
    const { roleArn, externalId, allow, durationSeconds = grant.kind === "browser" ? 900 : 3600 } = grant;
    grants[name] = { ...drilled(roleArn, allow), externalId, durationSeconds };
  }
  for (const [index, roleArn] of (commandLine?.roles ?? []).entries()) {
    grants[`command-line-${index + 1}`] = drilled(roleArn, undefined);
  }
  if (Object.keys(grants).length === 0) throw new CliError("INVALID_CONFIG", "drill: the configuration has no grants");
  const { windows, serveExpired, sessionName, limits } = rest;
  return {
    region,
    failoverRegions,
    roleArns: [...new Set(Object.values(grants).map(({ roleArn }) => roleArn))],
    vending: { hosts: [DRILL_HOST], grants },
    broker: { windows, serveExpired, sessionName, limits },
  };
}

function drilled(roleArn: string, allow: readonly GrantStatement[] | undefined): ContainerGrant {
  return {
    kind: "container",
    roleArn,
    tokenSha256: [sha256(DRILL_TOKEN)],
    allow: allow?.map(({ actions, resources }) => ({
      actions,
      resources: resources.map((resource) => resource.replaceAll(/\{[A-Za-z][A-Za-z0-9_-]*\}/gu, "drill")),
    })),
  };
}
