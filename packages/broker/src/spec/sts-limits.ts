import { type Shape, shape, wholeNumber, isRecord } from "@countersign/signer/options";
import { BrokerError } from "../errors/error.ts";

/** The values that STS accepts in one text parameter. */
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
  // AssumeRole, ProvidedContexts
  contextProvider: {
    pattern: /^arn:[a-z-]+:iam::(?:\d{12}|aws):contextProvider\/[\u0021-\u007e]{1,512}$/u,
    says: "the ARN of a context provider, such as arn:aws:iam::aws:contextProvider/IdentityCenter",
  },
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
  AssumeRole: { min: 900, max: 43_200, standard: 3600 },
  AssumeRoleWithWebIdentity: { min: 900, max: 43_200, standard: 3600 },
  AssumeRoleWithSAML: { min: 900, max: 43_200, standard: 3600 },
  GetSessionToken: { min: 900, max: 129_600, standard: 43_200 },
  GetFederationToken: { min: 900, max: 129_600, standard: 43_200 },
  AssumeRoot: { min: 1, max: 900, standard: 900 },
  GetWebIdentityToken: { min: 60, max: 3600, standard: 300 },
} as const;

const MAX_TAGS = 50;
const TAG_CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** @throws BrokerError `INVALID_SPEC` naming the field and its limit. */
export function invalidSpec(field: string, says: string): BrokerError {
  return new BrokerError("INVALID_SPEC", `${field}: ${says}`);
}

/** The shape of a text field, by a row of the table. */
export function limited(row: string): Shape {
  const { pattern, says } = TEXTS[row] as TextLimit;
  return shape(says, (value) => typeof value === "string" && pattern.test(value));
}

/** The shape of `durationSeconds`; left out, it becomes the default of the operation. */
export function duration(operation: keyof typeof DURATIONS): Shape {
  const { min, max, standard } = DURATIONS[operation];
  const whole = wholeNumber(min, max, `seconds for ${operation}`);
  return (value, field, refuse) => (value === undefined ? standard : whole(value, field, refuse));
}

/** Session tags, sorted. STS treats keys that differ only in case as one key. */
export function checkTags(
  tags: Readonly<Record<string, string>> | undefined,
): readonly { readonly Key: string; readonly Value: string }[] | undefined {
  if (tags === undefined) return undefined;
  if (!isRecord(tags)) throw invalidSpec("tags", "must be an object of keys and values");
  const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  if (list.length > MAX_TAGS) throw invalidSpec("tags", `must be at most ${MAX_TAGS} tags, got ${list.length}`);
  const seen = new Map<string, string>();
  for (const { Key, Value } of list) {
    const field = `tags[${JSON.stringify(Key.slice(0, 128))}]`;
    if (Key.length < 1 || Key.length > 128 || !TAG_CHARACTERS.test(Key)) {
      throw invalidSpec(field, "must have a key of 1-128 letters, digits, spaces and _.:/=+-@");
    }
    if (typeof Value !== "string" || Value.length > 256 || !TAG_CHARACTERS.test(Value)) {
      throw invalidSpec(field, "must be 0-256 letters, digits, spaces and _.:/=+-@");
    }
    const twin = seen.get(Key.toLowerCase());
    if (twin !== undefined) throw invalidSpec(field, `must differ from ${JSON.stringify(twin)} in more than case`);
    seen.set(Key.toLowerCase(), Key);
  }
  return list.length === 0 ? undefined : list.toSorted((a, b) => (a.Key.toLowerCase() < b.Key.toLowerCase() ? -1 : 1));
}

/** Keys that chained roles inherit, sorted. Each must be a key of `tags`. */
export function checkTransitiveTagKeys(
  keys: readonly string[] | undefined,
  tags: readonly { readonly Key: string }[] | undefined,
): readonly string[] | undefined {
  if (keys === undefined) return undefined;
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === "string"))
    throw invalidSpec("transitiveTagKeys", "must be a list of keys of tags");
  if (keys.length === 0) return undefined;
  const known = new Map((tags ?? []).map(({ Key }) => [Key.toLowerCase(), Key]));
  const chosen = keys.map((key) => {
    const tag = known.get(key.toLowerCase());
    if (tag === undefined)
      throw invalidSpec("transitiveTagKeys", `must be keys of tags; ${JSON.stringify(key.slice(0, 128))} is not one`);
    return tag;
  });
  return [...new Set(chosen)].toSorted();
}
