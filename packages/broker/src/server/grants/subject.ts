import { createHash } from "node:crypto";
import { canonicalJson } from "../../spec/canonical-key.ts";

/**
 * A caller's name for the session and the source identity: the name itself where STS accepts it, else a digest of it. Two
 * callers never share a session.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export function sessionNameOf(subject: string): string {
  return /^(?!h-|aws:)[\w+=,.@-]{2,64}$/.test(subject) ? subject : `h-${digest(subject, 40)}`;
}

/** A caller in audit events: a stable label instead of the name. */
export function auditLabel(...names: readonly string[]): string {
  return digest(canonicalJson(names), 12);
}

function digest(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}
