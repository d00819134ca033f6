import { mac } from "#platform/mac";
import type { AwsCredentials } from "../credentials/credentials.ts";
import { credentialScope } from "./credential-scope.ts";
import { readCredentials } from "../credentials/read-credentials.ts";
import { type HmacKey, hmacKey } from "../crypto/hmac.ts";
import { signingTime } from "./signing-time.ts";

/** A key that signs for one day, region and service. The key itself is kept where neither logs nor JSON find it. */
export interface SigningKey {
  /** `20150830/us-east-1/sagemaker/aws4_request`. */
  readonly credentialScope: string;
}

const keys = new WeakMap<SigningKey, Uint8Array>();

/** Whether `deriveSigningKey` made this. */
export function isSigningKey(key: SigningKey): boolean {
  return keys.has(key);
}

/** The 32 bytes inside. */
export function secretOf(key: SigningKey): Uint8Array {
  return keys.get(key)!;
}

/** The key as an HMAC state, ready for any number of messages. */
export function hmacKeyOf(key: SigningKey): HmacKey {
  return hmacKey(secretOf(key));
}

/**
 * Derives the key that signs within one credential scope: four HMACs from the secret access key over day, region,
 * service and a fixed end. Keep it for the day to sign without deriving.
 *
 * @throws SignerError `INVALID_ACCESS_KEY`, `INVALID_DATE`, `INVALID_REGION` or `INVALID_SERVICE`.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * @example
 * const context = { credentials, region: "eu-west-1", service: "sagemaker", date: new Date() };
 * const signature = signRequest(request, { ...context, signingKey: deriveSigningKey(context) });
 */
export function deriveSigningKey(context: {
  readonly credentials: Pick<AwsCredentials, "accessKeyId" | "secretAccessKey">;
  readonly region: string;
  readonly service: string;
  readonly date: Date;
}): SigningKey {
  // The context of `signRequest` will do: its other members are not read.
  const { credentials, region, service, date } = Object(context) as typeof context;
  const { secretAccessKey } = readCredentials(credentials);
  const scope = credentialScope(signingTime(date).slice(0, 8), region, service);
  return deriveKey(secretAccessKey, scope);
}

/** `deriveSigningKey` for a scope that is checked already. */
export function deriveKey(secretAccessKey: string, scope: string): SigningKey {
  // Copied into memory that nothing else writes to.
  let key = new TextEncoder().encode(`AWS4${secretAccessKey}`) as Uint8Array;
  for (const part of scope.split("/")) key = mac(key, part);
  const signingKey = Object.freeze({ credentialScope: scope });
  keys.set(signingKey, key);
  return signingKey;
}
