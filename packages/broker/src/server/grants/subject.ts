import { createHash } from "node:crypto";

/**
 * A caller's name as STS takes it for the session and the source identity: as it is where it fits, else a digest of it,
 * so that two callers never share a session.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export function sessionNameOf(subject: string): string {
  return /^(?!h-|aws:)[\w+=,.@-]{2,64}$/.test(subject) ? subject : `h-${digest(subject, 40)}`;
}

/** A caller as audit events show him: the same each time, but no name. */
export function auditLabel(...names: readonly string[]): string {
  return digest(JSON.stringify(names), 12);
}

function digest(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}
