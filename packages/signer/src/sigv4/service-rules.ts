import { words } from "#words";
import { type HeaderRule, headerRule } from "./header-rules.ts";
import { refuse } from "../errors/refuse.ts";
import type { SigningSettings } from "./settings.ts";

/** Every setting resolved. */
export interface ServiceRules extends Required<SigningSettings> {
  /** What `signedHeaders` stands for. */
  readonly signs: HeaderRule;
  /** How a presigned URL stands for the body. */
  readonly presignedPayload: "hash" | "unsigned";
}

/**
 * The modes of each setting. First what Signature Version 4 says for all services that do not say otherwise: the
 * SageMaker family, STS, ECR and EC2 do not.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * Then what Amazon S3 does: object keys are opaque bytes, and the payload hash must be sent along.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
const modes: Readonly<Record<string, readonly unknown[]>> = {
  __proto__: null as never,
  pathEncoding: ["double", "single"],
  pathNormalization: ["rfc3986", "none"],
  payloadHeader: ["never", "always"],
  sessionToken: ["signed", "signed", "appended"],
  signedHeaders: ["robust", "robust", "all"],
};

/**
 * The signing names of Amazon S3.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-create-session.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/S3onOutposts.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/transforming-objects.html
 */
const objectStores = /^s3(?:express|-outposts|-object-lambda)?$/;

/**
 * The rules that a service, named by its signing name, signs by, with the caller's settings in their place.
 *
 * @throws SignerError `INVALID_OPTION` for a setting or mode that does not exist.
 */
export function serviceRules(service: string, settings: SigningSettings = {}): ServiceRules {
  const column = objectStores.test(service) ? 1 : 0;
  const rules: Record<string, unknown> = { presignedPayload: column === 1 ? "unsigned" : "hash" };
  const given: Readonly<Record<string, unknown>> = { __proto__: null, ...settings };
  for (const name of Object.keys({ ...modes, ...given })) {
    const mode = given[name] === undefined ? modes[name]?.[column] : given[name];
    const isList = name === "signedHeaders" && Object.prototype.toString.call(mode) === "[object Object]";
    if (modes[name]?.includes(mode) !== true && !isList) {
      refuse("INVALID_OPTION", words ? `settings.${name}: no such setting or mode` : name);
    }
    rules[name] = mode;
  }
  const { signedHeaders } = rules as unknown as ServiceRules;
  return { ...(rules as unknown as ServiceRules), signs: headerRule(signedHeaders) };
}
