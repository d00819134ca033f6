import { BrokerError } from "../errors/error.ts";

const FIELDS = ["account", "role", "tenant"] as const;

/** The fields of a session name template. */
export type SessionNameFields = Readonly<Record<(typeof FIELDS)[number], string | undefined>>;

/** The default of `sessionName`. */
export const DEFAULT_SESSION_NAME = "countersign";

/**
 * Checks the `sessionName` template: text with `{account}`, `{role}` and `{tenant}`. It has no field for the time: a
 * name made from the time is a new session for each call, and identifies nothing in CloudTrail (litellm#35467).
 *
 * @throws BrokerError `INVALID_OPTION`.
 */
export function checkSessionName(template: string): string {
  const rest = template.replaceAll(/\{(?:account|role|tenant)\}/gu, "x");
  if (!/^[\w+=,.@-]{1,64}$/u.test(rest)) {
    throw new BrokerError(
      "INVALID_OPTION",
      `sessionName: must be 1-64 letters, digits and _+=,.@- with the fields ${FIELDS.map((field) => `{${field}}`).join(", ")}`,
    );
  }
  return template;
}

/** Fills in the template. Characters that STS does not accept become `-`. */
export function sessionNameFrom(template: string, fields: SessionNameFields): string {
  const name = template.replaceAll(/\{(account|role|tenant)\}/gu, (_, field: keyof SessionNameFields) =>
    (fields[field] ?? "none").replaceAll(/[^\w+=,.@-]/gu, "-"),
  );
  return name.slice(0, 64).padEnd(2, "-");
}
