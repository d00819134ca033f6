import type { AwsCredentials } from "@countersign/signer";
import { usable } from "../model/usable.ts";
import { readTime } from "../model/read-time.ts";
import { failed, invalid } from "./source-errors.ts";

/** The names under which a JSON answer holds credentials. */
interface Names {
  readonly token: string;
  readonly expiration: string;
  readonly accountId?: string;
}

/** The longest answer that is parsed; credentials have about 2 kB. */
export const MAX_ANSWER: number = 64 * 1024;

/**
 * Reads credentials from JSON.
 *
 * @throws BrokerError `SOURCE_UNAVAILABLE` that names the missing member, never its value.
 */
export function readCredentials(json: string, source: string, names: Names): AwsCredentials {
  const fields: Record<string, unknown> = Object.create(null);
  try {
    if (json.length > MAX_ANSWER) throw new RangeError("too long");
    Object.assign(fields, JSON.parse(json));
  } catch {
    throw failed(`${source}: must answer with JSON of at most ${MAX_ANSWER} characters`);
  }
  const text = (name: string): string => {
    const value = fields[name];
    if (typeof value === "string" && value !== "") return value;
    throw failed(`${source}: the answer must have ${name}`);
  };
  const accessKeyId = text("AccessKeyId");
  const secretAccessKey = text("SecretAccessKey");
  // Programs write null for what they do not have, and AWS's tools read it so.
  const has = (name: string): boolean => fields[name] !== undefined && fields[name] !== null;
  const sessionToken = has(names.token) ? text(names.token) : undefined;
  const expiration = has(names.expiration) ? readTime(text(names.expiration)) : undefined;
  if (has(names.expiration) && expiration === undefined) {
    throw failed(`${source}: ${names.expiration} must be a date with a zone, such as 2026-01-02T03:04:05Z`);
  }
  const accountId = names.accountId === undefined ? undefined : fields[names.accountId];
  return usable(
    {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
      ...(expiration !== undefined && { expiration }),
      ...(typeof accountId === "string" && { accountId }),
    },
    source,
    failed,
  );
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
const KEY_ID = /^A[KS]IA[A-Z0-9]{16}$/;

/**
 * Fixed keys by their names in a file or the environment. `undefined`: neither key is set.
 *
 * @param placeOf where a name is written.
 * @throws BrokerError `SOURCE_INVALID` for one key without the other, for a key id in the place of the secret, and for a
 *   value that cannot sign, with its name and place.
 */
export function fixedKeys(
  get: (name: string) => string | undefined,
  names: { readonly id: string; readonly secret: string; readonly token: string; readonly accountId: string },
  placeOf: (name: string) => string,
): AwsCredentials | undefined {
  const accessKeyId = get(names.id);
  const secretAccessKey = get(names.secret);
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  const at = (name: string): string => `${placeOf(name)}: ${name}`;
  if (accessKeyId === undefined) throw invalid(`${at(names.secret)} needs ${names.id} beside it`);
  if (secretAccessKey === undefined) throw invalid(`${at(names.id)} needs ${names.secret} beside it`);
  if (KEY_ID.test(secretAccessKey))
    throw invalid(`${at(names.secret)} must have the secret, and has a key id: put each in its own place`);
  const sessionToken = get(names.token);
  const accountId = get(names.accountId);
  const keys = {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    ...(accountId !== undefined && { accountId }),
  };
  const written = { accessKeyId: names.id, secretAccessKey: names.secret, sessionToken: names.token };
  return usable(keys, placeOf(names.id), invalid, (field) => at(written[field as keyof typeof written]));
}
