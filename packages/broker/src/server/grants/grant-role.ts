import { own } from "@countersign/signer/options";
import type { Broker } from "../../model/broker.ts";
import type { Role } from "../../model/role.ts";
import type { Claims } from "../proof/bearer-token.ts";
import type { BrowserGrant, ContainerGrant, Grant, MachineGrant, ServiceAccountGrant } from "../config/grant.ts";
import type { ServiceAccount } from "../proof/service-account.ts";
import { meets } from "./claim-condition.ts";
import { claimsOf, grantPolicy } from "./grant-policy.ts";
import { createRoleMemory } from "./role-memory.ts";
import { sessionNameOf } from "./subject.ts";
import { VendingError } from "../vending-error.ts";
import { type Canonical, canonicalJson } from "../../spec/canonical-key.ts";

/** Makes the roles of grants for their callers. */
export interface GrantRoles {
  /**
   * The session of a browser grant for the bearer of a token. The token's subject names it, its claims become tags, and
   * the grant's statements limit it.
   *
   * @throws VendingError `CLAIM_REJECTED`.
   */
  browser(name: string, grant: BrowserGrant, claims: Claims): Role;
  /** The session of a container grant: one for all callers with its token. */
  container(name: string, grant: ContainerGrant): Role;
  /** The session of a machine grant, named after the principal: `role.batch@111122223333`. */
  machine(name: string, grant: MachineGrant, principal: string): Role;
  /** The session of a service account grant, named after the account: `inference.web`. A namespace has no dot. */
  serviceAccount(name: string, grant: ServiceAccountGrant, account: ServiceAccount): Role;
}

export function createGrantRoles(broker: Broker): GrantRoles {
  const memory = createRoleMemory();
  const claimNames = new WeakMap<BrowserGrant, readonly string[]>();

  /** All that `browserRole` reads of a token, as text. */
  function readOf(grant: BrowserGrant, claims: Claims): string {
    let names = claimNames.get(grant);
    if (names === undefined) claimNames.set(grant, (names = claimsReadBy(grant)));
    try {
      return canonicalJson(names.map((name) => (Object.hasOwn(claims, name) ? [claims[name] as Canonical] : [])));
    } catch (cause) {
      // The stack ends before a token does: without this the caller's claim would be answered as an outage.
      throw new VendingError("CLAIM_REJECTED", "a claim must have fewer levels", { cause });
    }
  }

  const fixed = (name: string, sessionName: string, grant: Exclude<Grant, BrowserGrant>): Role =>
    memory.recall(grant, sessionName, () => fixedRole(broker, name, sessionName, grant));

  return {
    browser: (name, grant, claims) =>
      memory.recall(grant, readOf(grant, claims), () => browserRole(broker, name, grant, claims)),
    container: (name, grant) => fixed(name, name, grant),
    machine: (name, grant, principal) => fixed(name, sessionNameOf(principalName(principal)), grant),
    serviceAccount: (name, grant, account) => fixed(name, sessionNameOf(`${account.namespace}.${account.name}`), grant),
  };
}

/** The claims that decide which session a grant makes. */
function claimsReadBy({ claims = {}, tags = {}, tenantClaim, allow }: BrowserGrant): readonly string[] {
  const tenant = tenantClaim === undefined ? [] : [tenantClaim];
  return ["sub", ...new Set([...Object.keys(claims), ...Object.values(tags), ...tenant, ...claimsOf(allow)])];
}

function browserRole(broker: Broker, name: string, grant: BrowserGrant, claims: Claims): Role {
  for (const [claim, condition] of Object.entries(grant.claims ?? {})) {
    const value = own(claims, claim);
    if (!meets(condition, claim, value))
      throw new VendingError("CLAIM_REJECTED", `claim ${claim}: must be what grant ${name} requires`);
  }
  const subject = sessionNameOf(claims.sub);
  const tags = Object.entries(grant.tags ?? {}).map(([key, claim]) => [key, textClaim(claims, claim)]);
  const spec = {
    roleArn: grant.roleArn,
    externalId: grant.externalId,
    policy: grantPolicy(grant.allow, claims),
    durationSeconds: grant.durationSeconds ?? 900,
    sessionName: subject,
    sourceIdentity: subject,
    tenant: grant.tenantClaim === undefined ? name : textClaim(claims, grant.tenantClaim),
    issuer: claims.iss,
    ...(tags.length === 0 ? {} : { tags: Object.fromEntries(tags) as Record<string, string> }),
  };
  try {
    return broker.role(spec);
  } catch (cause) {
    // Everything else in the spec was checked when the server started.
    throw new VendingError("CLAIM_REJECTED", `a claim cannot become a tag: ${(cause as Error).message}`, { cause });
  }
}

/** Names of roles, and names of users, are unique within one account. */
function principalName(arn: string): string {
  const [, , , , account = "", resource = ""] = arn.split(":");
  return `${resource.slice(0, resource.indexOf("/"))}.${resource.slice(resource.lastIndexOf("/") + 1)}@${account}`;
}

function fixedRole(broker: Broker, tenant: string, sessionName: string, grant: Exclude<Grant, BrowserGrant>): Role {
  return broker.role({
    roleArn: grant.roleArn,
    externalId: grant.externalId,
    durationSeconds: grant.durationSeconds ?? 3_600,
    sessionName: sessionName.length < 2 ? `${sessionName}-` : sessionName,
    tenant,
    ...(grant.kind === "serviceAccount" && { issuer: grant.issuer }),
    ...(grant.allow === undefined || grant.allow.length === 0 ? {} : { policy: grantPolicy(grant.allow, {}) }),
  });
}

function textClaim(claims: Claims, name: string): string {
  const value: unknown = own(claims, name);
  if (typeof value === "string" && value !== "") return value;
  throw new VendingError("CLAIM_REJECTED", `claim ${name}: must be text`);
}
