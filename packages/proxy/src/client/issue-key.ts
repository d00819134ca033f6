import { randomBytes } from "node:crypto";

/** A key pair that only the proxy knows: AWS accepts nothing that is signed with it. */
export interface PlaceholderKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * Makes a placeholder key for one client. Its id begins with `CSPX`, as no key of AWS does, so that a person and a secret
 * scanner can tell it apart.
 *
 * @example
 * const key = issueKey();
 * // the client's environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL
 */
export function issueKey(): PlaceholderKey {
  const id = Array.from(randomBytes(16), (byte) => LETTERS[byte % 32]).join("");
  return { accessKeyId: `CSPX${id}`, secretAccessKey: randomBytes(30).toString("base64url") };
}
