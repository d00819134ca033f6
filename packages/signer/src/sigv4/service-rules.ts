import { checkService } from "./credential-scope.ts";
import { words } from "#words";
import { checkOptions, oneOf, optional, shape, type Shapes } from "../errors/check-options.ts";
import { refuseOption } from "../errors/refuse.ts";
import { isRecord } from "../errors/is-record.ts";
import { type HeaderRule, headerRule } from "./header-rules.ts";
import type { SigningSettings } from "./settings.ts";

/** Every setting resolved. */
export interface ServiceRules extends Required<SigningSettings> {
  /** What `signedHeaders` stands for. */
  readonly signs: HeaderRule;
  /** What stands for the body in a presigned URL. */
  readonly presignedPayload: "hash" | "unsigned";
}

const shapes: Shapes<SigningSettings> = {
  pathEncoding: optional(oneOf("double", "single")),
  pathNormalization: optional(oneOf("rfc3986", "none")),
  payloadHeader: optional(oneOf("never", "always")),
  sessionToken: optional(oneOf("signed", "appended")),
  signedHeaders: optional(
    shape(
      words && "robust, all, or { also, never }",
      (value) => value === "robust" || value === "all" || isRecord(value),
    ),
  ),
};

/**
 * The rules of Signature Version 4, which the SageMaker family, STS, ECR and EC2 follow.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
const usual = {
  pathEncoding: "double",
  pathNormalization: "rfc3986",
  payloadHeader: "never",
  sessionToken: "signed",
  signedHeaders: "robust",
  presignedPayload: "hash",
} as const;

/**
 * The rules of Amazon S3: object keys are opaque bytes, and the payload hash must be sent along.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
const ofObjectStores = {
  ...usual,
  pathEncoding: "single",
  pathNormalization: "none",
  payloadHeader: "always",
  presignedPayload: "unsigned",
} as const;

/**
 * The signing names of Amazon S3.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-create-session.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/S3onOutposts.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/transforming-objects.html
 */
const objectStores = /^s3(?:express|-outposts|-object-lambda)?$/;

/** Checks settings and copies them. @throws SignerError `INVALID_OPTION` for an unknown setting or mode. */
function checkSettings(settings: SigningSettings | undefined): SigningSettings {
  return checkOptions(settings, shapes, refuseOption, "settings.");
}

/**
 * The rules of a service, given by its signing name. The caller's settings replace single rules.
 *
 * @throws SignerError `INVALID_SERVICE`; `INVALID_OPTION` for an unknown setting or mode.
 */
export function serviceRules(service: string, settings?: SigningSettings): ServiceRules {
  const rules = {
    ...(objectStores.test(checkService(service)) ? ofObjectStores : usual),
    ...checkSettings(settings),
  };
  return { ...rules, signs: headerRule(rules.signedHeaders) };
}
