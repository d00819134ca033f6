import { words } from "@countersign/signer";
import { SageMakerError } from "../core/error.ts";
import { resourceName } from "./header-rule.ts";

// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html: "Maximum length of 63.
// Pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9])*", here anchored at both ends: the name becomes a part of the URL that
// credentials are sent to.
const maxLength = 63;

/**
 * Answers with the name when it can be an endpoint's.
 *
 * @throws SageMakerError `INVALID_ENDPOINT_NAME`.
 */
export function checkEndpointName(name: string): string {
  if (typeof name === "string" && name.length <= maxLength && resourceName.test(name)) return name;
  throw new SageMakerError(
    "INVALID_ENDPOINT_NAME",
    words
      ? `The endpoint name ${typeof name === "string" ? JSON.stringify(name.slice(0, 80)) : `of type ${typeof name}`} is not ` +
          `1 to ${maxLength} letters, digits and hyphens that start and end with a letter or digit.`
      : `endpointName: ${maxLength}`,
  );
}
