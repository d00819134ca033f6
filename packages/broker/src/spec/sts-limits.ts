import { BrokerError } from "../errors/error.ts";

/** What STS accepts in one text parameter. */
interface TextLimit {
  readonly pattern: RegExp;
  /** The pattern in words, for messages. */
  readonly says: string;
}

const NAME_CHARACTERS = "letters, digits and _+=,.@-";

/**
 * Limits of text parameters by field of a spec. Each is on the parameter's row of
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_RequestParameters or of the
 * operation named beside it.
 */
const TEXTS: Readonly<Record<string, TextLimit>> = {
  __proto__: null as never,
  roleArn: {
    pattern: /^arn:[a-z-]+:iam::\d{12}:role\/[\u0021-\u007e]{1,1980}$/u,
    says: "arn:<partition>:iam::<12 digits>:role/<name>",
  },
  sessionName: { pattern: /^[\w+=,.@-]{2,64}$/u, says: `2-64 ${NAME_CHARACTERS}` },
  sourceIdentity: { pattern: /^(?!aws:)[\w+=,.@-]{2,64}$/u, says: `2-64 ${NAME_CHARACTERS}` },
  externalId: { pattern: /^[\w+=,.@:/-]{2,1224}$/u, says: `2-1224 ${NAME_CHARACTERS}:/` },
  policyArn: {
    pattern: /^arn:[a-z-]+:iam::(?:\d{12}|aws):policy\/[\u0021-\u007e]{1,2000}$/u,
    says: "the ARN of a managed policy",
  },
  "mfa.serialNumber": { pattern: /^[\w+=/:,.@-]{9,256}$/u, says: `9-256 ${NAME_CHARACTERS}/:` },
  // GetFederationToken
  name: { pattern: /^[\w+=,.@-]{2,32}$/u, says: `2-32 ${NAME_CHARACTERS}` },
  // AssumeRoleWithSAML
  principalArn: {
    pattern: /^arn:[a-z-]+:iam::\d{12}:saml-provider\/[\u0021-\u007e]{1,1980}$/u,
    says: "the ARN of a SAML provider",
  },
  // AssumeRoleWithWebIdentity
  providerId: { pattern: /^[\u0021-\u007e]{4,2048}$/u, says: "4-2048 characters, the host of an OAuth 2.0 provider" },
  // AssumeRoot
  targetPrincipal: {
    pattern: /^(?:\d{12}|arn:[a-z-]+:iam::\d{12}:root)$/u,
    says: "12 digits, or arn:<partition>:iam::<12 digits>:root",
  },
  taskPolicyArn: {
    pattern: /^arn:[a-z-]+:iam::aws:policy\/root-task\/[\w+=,.@-]+$/u,
    says: "arn:<partition>:iam::aws:policy/root-task/<name>",
  },
};

/** Seconds that a session may last, by operation. */
const DURATIONS = {
  AssumeRole: { least: 900, most: 43_200, usual: 3600 },
  AssumeRoleWithWebIdentity: { least: 900, most: 43_200, usual: 3600 },
  AssumeRoleWithSAML: { least: 900, most: 43_200, usual: 3600 },
  GetSessionToken: { least: 900, most: 129_600, usual: 43_200 },
  GetFederationToken: { least: 900, most: 129_600, usual: 43_200 },
  AssumeRoot: { least: 1, most: 900, usual: 900 },
} as const;

const TAGS = 50;
const TAG_CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** @throws BrokerError `INVALID_SPEC` naming the field and its limit. */
export function invalidSpec(field: string, says: string): BrokerError {
  return new BrokerError("INVALID_SPEC", `${field}: ${says}`);
}

/** Checks one text field; `field` may be more exact than the row of the table it is checked by. */
export function checkText(row: string, value: unknown, field: string = row): asserts value is string {
  const limit = TEXTS[row] as TextLimit;
  if (typeof value !== "string" || !limit.pattern.test(value)) throw invalidSpec(field, `expected ${limit.says}`);
}

/** The duration to ask for. */
export function checkDuration(operation: keyof typeof DURATIONS, seconds: number | undefined): number {
  const { least, most, usual } = DURATIONS[operation];
  if (seconds === undefined) return usual;
  if (!Number.isInteger(seconds) || seconds < least || seconds > most) {
    throw invalidSpec(
      "durationSeconds",
      `expected a whole number of ${least}-${most} seconds for ${operation}, got ${seconds}`,
    );
  }
  return seconds;
}

/** Session tags in one order. Keys that differ only in case are one key to STS. */
export function checkTags(
  tags: Readonly<Record<string, string>> | undefined,
): readonly { readonly Key: string; readonly Value: string }[] | undefined {
  if (tags === undefined) return undefined;
  if (typeof tags !== "object" || tags === null) throw invalidSpec("tags", "expected an object of keys and values");
  const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  if (list.length > TAGS) throw invalidSpec("tags", `expected at most ${TAGS} tags, got ${list.length}`);
  const seen = new Map<string, string>();
  for (const { Key, Value } of list) {
    const field = `tags[${JSON.stringify(Key)}]`;
    if (Key.length < 1 || Key.length > 128 || !TAG_CHARACTERS.test(Key)) {
      throw invalidSpec(field, "expected a key of 1-128 letters, digits, spaces and _.:/=+-@");
    }
    if (typeof Value !== "string" || Value.length > 256 || !TAG_CHARACTERS.test(Value)) {
      throw invalidSpec(field, "expected a value of 0-256 letters, digits, spaces and _.:/=+-@");
    }
    const twin = seen.get(Key.toLowerCase());
    if (twin !== undefined) throw invalidSpec(field, `is the same tag as ${JSON.stringify(twin)}: keys ignore case`);
    seen.set(Key.toLowerCase(), Key);
  }
  return list.length === 0 ? undefined : list.toSorted((a, b) => (a.Key.toLowerCase() < b.Key.toLowerCase() ? -1 : 1));
}

/** Keys that chained roles inherit, in one order; each must be a tag of this very session. */
export function checkTransitiveTagKeys(
  keys: readonly string[] | undefined,
  tags: readonly { readonly Key: string }[] | undefined,
): readonly string[] | undefined {
  if (keys === undefined || keys.length === 0) return undefined;
  if (!Array.isArray(keys)) throw invalidSpec("transitiveTagKeys", "expected a list");
  const known = new Map((tags ?? []).map(({ Key }) => [Key.toLowerCase(), Key]));
  const chosen = keys.map((key) => {
    const tag = known.get(String(key).toLowerCase());
    if (tag === undefined) throw invalidSpec("transitiveTagKeys", `${JSON.stringify(key)} is not a key of tags`);
    return tag;
  });
  return [...new Set(chosen)].toSorted();
}
