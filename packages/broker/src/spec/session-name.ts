import { BrokerError } from "../errors/error.ts";

const FIELDS = ["account", "role", "tenant"] as const;

/** What a session name may be made from. */
export type SessionNameFields = Readonly<Record<(typeof FIELDS)[number], string | undefined>>;

/** The session name of a broker that was given none. */
export const DEFAULT_SESSION_NAME = "countersign";

/**
 * Checks the `sessionName` template once: text with `{account}`, `{role}` and `{tenant}`. Nothing that changes by itself
 * can be part of it: a name made from the time is a new session for each call, and says nothing in CloudTrail
 * (litellm#35467).
 *
 * @throws BrokerError `INVALID_OPTION`.
 */
export function checkSessionName(template: string): string {
  const rest = template.replaceAll(/\{(?:account|role|tenant)\}/gu, "x");
  if (!/^[\w+=,.@-]{1,64}$/u.test(rest)) {
    throw new BrokerError(
      "INVALID_OPTION",
      `sessionName: expected up to 64 letters, digits and _+=,.@- with the fields ${FIELDS.map((field) => `{${field}}`).join(", ")}`,
    );
  }
  return template;
}

/** Fills the template in; characters that STS does not take become `-`. */
export function sessionNameFrom(template: string, fields: SessionNameFields): string {
  const name = template.replaceAll(/\{(account|role|tenant)\}/gu, (_, field: keyof SessionNameFields) =>
    (fields[field] ?? "none").replaceAll(/[^\w+=,.@-]/gu, "-"),
  );
  return name.slice(0, 64).padEnd(2, "-");
}
