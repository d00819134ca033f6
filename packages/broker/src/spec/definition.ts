import type { Session, SessionSource } from "../model/session.ts";
import { revocationSubjects } from "../store/revocations.ts";
import type { StsInput, StsOperation } from "../sts/sts.ts";
import { type Canonical, canonicalJson, canonicalKey } from "./canonical-key.ts";
import type { ProvidedContexts } from "./provided-contexts.ts";

/** The parts of a session that follow from its checked spec. */
export interface Definition {
  readonly operation: StsOperation;
  readonly tenant: string | undefined;
  readonly issuer?: string | undefined;
  /** Parameters that the spec itself names. */
  readonly given: StsInput;
  /** All parameters except the duration. */
  readonly input: StsInput;
  readonly durationSeconds: number;
  readonly clamped?: Session["clamped"];
  readonly accountId?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly principal: { readonly id: string; readonly shareable: boolean };
  /** The key of the session that it is chained from. */
  readonly via?: string | undefined;
  readonly source?: SessionSource | undefined;
  readonly interactive?: boolean;
  readonly transitiveTagKeys?: readonly string[];
  readonly secrets?: Session["secrets"];
  readonly contexts?: ProvidedContexts | undefined;
}

/** Makes the session, with the key by which it is cached. */
export function define(definition: Definition): Session {
  const { operation, tenant, issuer, input, durationSeconds, principal, roleArn, via, contexts, secrets } = definition;
  const { key, label, canon } = canonicalKey({
    operation,
    tenant,
    issuer,
    principal: principal.id,
    durationSeconds,
    input: input as Readonly<Record<string, Canonical>>,
    contexts: contexts?.identity,
  });
  return {
    key,
    label,
    canon,
    share: issuer === undefined || tenant === undefined ? tenant : canonicalJson([issuer, tenant]),
    subjects: revocationSubjects(roleArn, tenant, issuer),
    operation,
    // A store that has the names of the AWS CLI tells sessions apart by these, so all that makes the principal is among them.
    given: {
      ...definition.given,
      ...(contexts && { ProvidedContexts: contexts.identity }),
      ...(issuer !== undefined && { Issuer: issuer }),
      ...(tenant !== undefined && { Tenant: tenant }),
      ...(via !== undefined && { Via: via }),
    },
    input,
    durationSeconds,
    clamped: definition.clamped,
    accountId: definition.accountId,
    source: definition.source,
    interactive: definition.interactive ?? false,
    shareable: principal.shareable && (contexts?.shareable ?? true),
    isChained: via !== undefined,
    transitiveTagKeys: definition.transitiveTagKeys ?? [],
    secrets:
      contexts === undefined
        ? secrets
        : async (signal) => ({ ...(await contexts.read()), ...(await secrets?.(signal)) }),
  };
}
