import type { AwsCredentials } from "./credentials.ts";
import { credentialScope } from "./credential-scope.ts";
import { checkCredentials } from "./check-credentials.ts";
import { hmac, type HmacKey, hmacKey } from "./hmac.ts";
import { digestBytes } from "./sha256-digest.ts";
import { signingTime } from "./signing-time.ts";

const encoder = new TextEncoder();

let open: (key: SigningKey) => HmacKey;

/** A key that signs for one day, region and service. Holds the key where neither logs nor JSON find it. */
export class SigningKey {
  /** `20150830/us-east-1/sagemaker/aws4_request`. */
  readonly credentialScope: string;
  readonly #key: HmacKey;

  constructor(credentialScope: string, key: HmacKey) {
    this.credentialScope = credentialScope;
    this.#key = key;
  }

  static {
    open = (key) => key.#key;
  }
}

/** The HMAC key inside. */
export function hmacKeyOf(key: SigningKey): HmacKey {
  return open(key);
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
  const { day } = signingTime(context.date);
  const scope = credentialScope(day, context.region, context.service);
  return deriveKey(context.credentials.secretAccessKey, scope);
}

/** The same, from a scope that is checked already. */
export function deriveKey(secretAccessKey: string, scope: string): SigningKey {
  let key: Uint8Array = encoder.encode(`AWS4${secretAccessKey}`);
  for (const part of scope.split("/")) key = digestBytes(hmac(hmacKey(key), encoder.encode(part)));
  return new SigningKey(scope, hmacKey(key));
}
