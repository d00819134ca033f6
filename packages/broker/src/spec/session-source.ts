import { MAX_CHAINED_SECONDS, type Session, type SessionSource } from "../model/session.ts";
import type { Role } from "../model/role.ts";
import type { MfaPrompts } from "../sources/mfa-prompts.ts";
import type { BrokerSource } from "../sources/source.ts";
import type { Definition } from "./definition.ts";
import { invalidSpec } from "./sts-limits.ts";

/** What a session needs from its broker. */
export interface SessionContext {
  readonly source: BrokerSource;
  readonly sessionName: string;
  readonly prompts: MfaPrompts;
  /** The session behind a role of this broker. */
  sessionOf(role: Role): Session | undefined;
  /** The credentials of a role, as the source of another. */
  sourceOf(session: Session): SessionSource;
}

/** The session that another is chained from. */
export function parentOf(via: Role | undefined, context: SessionContext): Session | undefined {
  if (via === undefined) return undefined;
  const parent = context.sessionOf(via);
  if (parent === undefined) throw invalidSpec("via", "must be a role of this broker");
  // They may call no operation of STS except GetCallerIdentity:
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
  if (parent.operation === "GetFederationToken" || parent.operation === "AssumeRoot") {
    throw invalidSpec(
      "via",
      `must be another role; AWS does not accept credentials of ${parent.operation} for this call`,
    );
  }
  return parent;
}

/** The principal that signs a session's fetch, and where its credentials come from. */
export function principalOf(
  parent: Session | undefined,
  context: SessionContext,
): Pick<Definition, "principal" | "via"> & { readonly source: SessionSource } {
  if (parent === undefined) return { principal: context.source, source: context.source.get };
  const principal = { id: `session:${parent.key}`, shareable: parent.shareable };
  return { principal, via: parent.key, source: context.sourceOf(parent) };
}

/** Credentials of GetSessionToken belong to the user, so a role assumed with them is not chained. */
export function chainedDuration(
  seconds: number,
  parent: Session | undefined,
): Pick<Session, "durationSeconds" | "clamped"> {
  const chained = parent !== undefined && parent.operation !== "GetSessionToken";
  if (!chained || seconds <= MAX_CHAINED_SECONDS) return { durationSeconds: seconds };
  return { durationSeconds: MAX_CHAINED_SECONDS, clamped: { requestedSeconds: seconds, seconds: MAX_CHAINED_SECONDS } };
}
