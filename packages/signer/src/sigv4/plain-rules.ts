import { words } from "#words";
import { contract, type Shape } from "../errors/check-options.ts";
import { isRobust } from "./header-rules.ts";
import type { ServiceRules } from "./service-rules.ts";

/**
 * The rules of every service that does not have its own: the SageMaker family, STS, ECR and EC2. A page that signs for
 * these alone does not load the settings.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export const plainRules: ServiceRules = {
  pathEncoding: "double",
  pathNormalization: "rfc3986",
  payloadHeader: "never",
  sessionToken: "signed",
  signedHeaders: "robust",
  presignedPayload: "hash",
  signs: isRobust,
};

/** The shape of resolved rules. */
export const rulesShape: Shape = /* @__PURE__ */ contract(words && "serviceRules(service, settings)", "signs");
