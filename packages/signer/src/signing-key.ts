import type { AwsCredentials } from "./credentials.ts";
import { credentialScope } from "./credential-scope.ts";
import { checkCredentials } from "./check-credentials.ts";
import { hmac, type HmacKey, hmacKey } from "./hmac.ts";
import { bytesOf } from "./sha256-digest.ts";
import { signingTime } from "./signing-time.ts";

/** A key that signs for one day, region and service. The key itself is kept where neither logs nor JSON find it. */
export interface SigningKey {
  /** `20150830/us-east-1/sagemaker/aws4_request`. */
  readonly credentialScope: string;
}

const keys = new WeakMap<SigningKey, HmacKey>();

/** Whether `deriveSigningKey` made this. */
export function isSigningKey(key: SigningKey): boolean {
  return keys.has(key);
}

/** The HMAC key inside. */
export function hmacKeyOf(key: SigningKey): HmacKey {
  return keys.get(key)!;
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
  checkCredentials(context.credentials);
  const day = signingTime(context.date).slice(0, 8);
  const scope = credentialScope(day, context.region, context.service);
  return deriveKey(context.credentials.secretAccessKey, scope);
}

/** The same, from a scope that is checked already. */
export function deriveKey(secretAccessKey: string, scope: string): SigningKey {
  let key = bytesOf(`AWS4${secretAccessKey}`);
  for (const part of scope.split("/")) key = hmac(hmacKey(key), part);
  const signingKey = Object.freeze({ credentialScope: scope });
  keys.set(signingKey, hmacKey(key));
  return signingKey;
}
