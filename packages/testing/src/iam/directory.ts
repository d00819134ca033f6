import type { Clock } from "@countersign/signer";
import { checkOptions, listOf, optional, type Shapes, text, wholeNumber } from "@countersign/signer/options";
import type { AwsOptions, AwsRole, Revocation, SessionOptions, TradeInOptions } from "../aws.ts";
import { bare } from "../bare.ts";
import { refuseOption, TestingError } from "../error.ts";
import { policyShape, tagsShape } from "../shapes.ts";
import { createIds } from "../ids.ts";
import { createIssuer, type LocalIssuer } from "../sts/issuer.ts";
import { createTokenSigner } from "../sts/token-signer.ts";
import { openRoleSession } from "../sts/session.ts";
import type { World } from "../world.ts";
import { type AccessKey, createAccessKeys, type LocalCredentials, uniqueId } from "./access-keys.ts";
import { createGuardrails } from "./guardrails.ts";
import { parsePolicy } from "./parse-policy.ts";
import type { PolicyDocument } from "./policy-document.ts";
import { allowEverything } from "./allow-everything.ts";
import { checkRoleChange, createRole } from "./role.ts";
import { type MfaDevice, userPrincipal, type UserSpec } from "./user.ts";

/** Accounts, users and roles of one local AWS, and the keys they hold. */
export interface Directory {
  readonly world: World;
  readonly issuer: LocalIssuer;
  readonly users: Readonly<Record<string, LocalCredentials>>;
  readonly user: LocalCredentials;
  role(arnOrName: string): AwsRole;
  revoke(revocation: Revocation): number;
}

const revocationShapes: Shapes<Revocation> = { accessKeyId: optional(text), roleArn: optional(text) };

const sessionShapes: Shapes<SessionOptions> = {
  sessionName: optional(text),
  durationSeconds: optional(wholeNumber(1, 43_200, "seconds")),
  policies: optional(listOf(policyShape)),
  tags: tagsShape,
};

const tradeInShapes: Shapes<TradeInOptions> = {
  ...sessionShapes,
  expiresIn: optional(wholeNumber(1, 129_600, "seconds")),
};

const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";

export function createDirectory(options: AwsOptions, clock: Clock): Directory {
  const {
    accounts = ["123456789012"],
    users = [bare<UserSpec>({ name: "countersign" })],
    roles = [],
    managedPolicies = {},
  } = options;
  const [accountId = ""] = accounts;
  const managed = new Map<string, PolicyDocument>([[administrator, allowEverything]]);
  for (const [arn, policy] of Object.entries(managedPolicies)) managed.set(arn, parsePolicy(policy, "identity"));
  const ids = createIds(options.seed);
  const mfaDevices = new Map<string, MfaDevice>();
  const issuer = createIssuer(accountId, clock);
  const world: World = {
    clock,
    ids,
    guardrails: createGuardrails(options),
    keys: createAccessKeys(clock, ids),
    roles: new Map(),
    managedPolicies: managed,
    mfaDevices,
    spent: new Set(),
    tokens: createTokenSigner(ids.hex(8)),
    webIdentityProviders: [{ issuer: issuer.url, verification: issuer.keys }, ...(options.webIdentityProviders ?? [])],
    samlProviders: options.samlProviders ?? [],
    delegations: new Map(),
    authorizationMessages: new Map(),
    accounts,
    accountId,
  };

  const boundaries = (arn: string): PolicyDocument | string | undefined =>
    options.permissionsBoundaries?.[arn] ?? options.permissionsBoundaries?.[arn.split("/").at(-1) ?? ""];
  const credentials: Record<string, LocalCredentials> = {};
  for (const user of users) {
    if (Object.hasOwn(credentials, user.name))
      refuseOption(`users: must have different names; ${user.name} is there twice`);
    const boundary = boundaries(`arn:aws:iam::${user.accountId ?? accountId}:user/${user.name}`);
    const principal = userPrincipal(
      boundary === undefined ? user : { permissionsBoundary: boundary, ...user },
      user.accountId ?? accountId,
      uniqueId(ids, "AIDA"),
    );
    if (user.mfa !== undefined) mfaDevices.set(principal.arn, user.mfa);
    credentials[user.name] = world.keys.issueLongTerm(principal, user).credentials;
  }
  const first = credentials[users[0]?.name ?? ""];
  if (first === undefined) throw new Error("checkAwsOptions lets no empty list of users pass.");

  const arnOf = (arnOrName: string): string =>
    arnOrName.startsWith("arn:") ? arnOrName : `arn:aws:iam::${accountId}:role/${arnOrName}`;
  for (const spec of roles) {
    const given = typeof spec === "string" ? { arn: spec } : spec;
    const boundary = boundaries(arnOf(given.arn));
    const role = createRole(
      {
        ...(boundary === undefined ? {} : { permissionsBoundary: boundary }),
        ...given,
        arn: arnOf(given.arn),
      },
      uniqueId(ids, "AROA"),
    );
    if (world.roles.has(role.arn)) refuseOption(`roles: must be different roles; ${role.arn} is there twice`);
    world.roles.set(role.arn, role);
  }

  return {
    world,
    issuer,
    users: credentials,
    user: first,
    role(arnOrName) {
      text(arnOrName, "arn", refuseOption);
      const arn = arnOf(arnOrName);
      if (!world.roles.has(arn))
        world.roles.set(arn, createRole({ arn, permissionsBoundary: boundaries(arn) }, uniqueId(ids, "AROA")));
      return roleHandle(world, arn);
    },
    revoke(revocation) {
      const { accessKeyId, roleArn } = checkOptions(revocation, revocationShapes, refuseOption);
      if (accessKeyId === undefined && roleArn === undefined) {
        refuseOption("revocation: must have an accessKeyId, a roleArn, or both");
      }
      const role = roleArn === undefined ? undefined : arnOf(roleArn);
      let hits = 0;
      for (const key of world.keys.all()) {
        if ((accessKeyId ?? key.credentials.accessKeyId) !== key.credentials.accessKeyId) continue;
        if ((role ?? key.principal.roleArn) !== key.principal.roleArn) continue;
        hits += 1;
        if (accessKeyId === undefined) key.revoked = true;
        else key.active = false;
      }
      return hits;
    },
  };
}

function roleHandle(world: World, arn: string): AwsRole {
  const current = (): NonNullable<ReturnType<World["roles"]["get"]>> => {
    const role = world.roles.get(arn);
    if (role === undefined) throw new TestingError("UNKNOWN_PRINCIPAL", `${arn} was removed.`);
    return role;
  };
  /** Reads the policies at once, so that a wrong one is refused before the session is needed. */
  const sessionOpener = (options: SessionOptions): (() => AccessKey) => {
    const { sessionName = "session", durationSeconds = 3600, policies, tags = {} } = options;
    const documents = policies?.map((policy) => parsePolicy(policy, "identity"));
    const text = policies === undefined ? "" : JSON.stringify(documents);
    return () =>
      openRoleSession(world, {
        role: current(),
        sessionName,
        durationS: durationSeconds,
        policies: { documents, text },
        tags,
        transitiveTagKeys: [],
      }).key;
  };
  return {
    arn,
    update(given) {
      const { name: _name, roleId, accountId: _accountId, ...role } = current();
      world.roles.set(arn, createRole({ ...role, ...checkRoleChange(given), arn }, roleId));
    },
    remove: () => void world.roles.delete(arn),
    session: (options) => sessionOpener(checkOptions(options, sessionShapes, refuseOption))().credentials,
    tradeInToken(options) {
      const checked = checkOptions(options, tradeInShapes, refuseOption);
      const { expiresIn = 3600 } = checked;
      const open = sessionOpener(checked);
      const token = world.ids.text(256);
      world.delegations.set(token, { roleArn: current().arn, expiresAt: world.clock.now() + expiresIn * 1000, open });
      return token;
    },
    toString: () => arn,
  };
}
