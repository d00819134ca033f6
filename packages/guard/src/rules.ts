import type { Rule } from "./rule.ts";
import { encryptionRules } from "./rules/encryption.ts";
import { hostingRules } from "./rules/hosting.ts";
import { imageRules } from "./rules/images.ts";
import { isolationRules } from "./rules/isolation.ts";
import { networkRules } from "./rules/network.ts";
import { notebookRules } from "./rules/notebook.ts";
import { processingRules } from "./rules/processing.ts";
import { trainingRules } from "./rules/training.ts";
import { transformRules } from "./rules/transform.ts";
import { vpcEndpointRules } from "./rules/vpc-endpoint.ts";

/** Every rule, in the order of the page's topics. A rule is added in the file of its topic and nowhere else. */
export const rules: readonly Rule[] = [
  ...notebookRules,
  ...isolationRules,
  ...imageRules,
  ...vpcEndpointRules,
  ...processingRules,
  ...trainingRules,
  ...hostingRules,
  ...transformRules,
  ...networkRules,
  ...encryptionRules,
];
