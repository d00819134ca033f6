import type { SigningSettings } from "./settings.ts";

/** Every setting resolved, and how a presigned URL stands for the body. */
export interface ServiceRules extends Required<SigningSettings> {
  readonly presignedPayload: "hash" | "unsigned";
}

/**
 * What Signature Version 4 says for all services that do not say otherwise: the SageMaker family, STS, ECR and EC2 do not.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
const standard: ServiceRules = {
  pathEncoding: "double",
  pathNormalization: "rfc3986",
  signedHeaders: "robust",
  sessionToken: "signed",
  payloadHeader: "never",
  presignedPayload: "hash",
};

/**
 * Object keys are opaque bytes, and the payload hash must be sent along.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
const objectStore: ServiceRules = {
  ...standard,
  pathEncoding: "single",
  pathNormalization: "none",
  payloadHeader: "always",
  presignedPayload: "unsigned",
};

const rules: Readonly<Record<string, ServiceRules>> = {
  __proto__: null as never,
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
  s3: objectStore,
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-create-session.html
  s3express: objectStore,
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/S3onOutposts.html
  "s3-outposts": objectStore,
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/transforming-objects.html
  "s3-object-lambda": objectStore,
};

/** The rules a service signs by, named by its signing name. */
export function serviceRules(service: string): ServiceRules {
  return rules[service] ?? standard;
}
