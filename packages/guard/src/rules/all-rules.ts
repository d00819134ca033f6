import type { Rule } from "./rule.ts";
import { encryptionRules } from "./encryption.ts";
import { hostingRules } from "./hosting.ts";
import { imageRules } from "./images.ts";
import { isolationRules } from "./isolation.ts";
import { networkRules } from "./network.ts";
import { notebookRules } from "./notebook.ts";
import { processingRules } from "./processing.ts";
import { trainingRules } from "./training.ts";
import { transformRules } from "./transform.ts";
import { vpcEndpointRules } from "./vpc-endpoint.ts";

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
