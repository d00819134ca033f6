import { words } from "@countersign/signer";
import { SageMakerError } from "../core/error.ts";
import { resourceName } from "./header-rule.ts";

// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html: "Maximum length of 63.
// Pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9])*", anchored here at both ends: the name becomes a part of a signed URL.
const maxLength = 63;

/**
 * Checks the name of an endpoint and returns it.
 *
 * @throws SageMakerError `INVALID_ENDPOINT_NAME`.
 */
export function checkEndpointName(name: string): string {
  if (typeof name === "string" && name.length <= maxLength && resourceName.test(name)) return name;
  throw new SageMakerError(
    "INVALID_ENDPOINT_NAME",
    words
      ? `endpointName: must be 1 to ${maxLength} letters, digits and hyphens that start and end with a letter or digit; it is ${typeof name === "string" ? JSON.stringify(name.slice(0, 80)) : `of type ${typeof name}`}`
      : `endpointName: ${maxLength}`,
  );
}
