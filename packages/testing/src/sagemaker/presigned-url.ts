import { randomBytes } from "node:crypto";
import { AwsError } from "../wire/aws-error.ts";
import type { Call } from "../world.ts";
import { table } from "../table.ts";
import { type ControlPlane, controlOperation } from "./control-operation.ts";
import { findResource } from "./find-resource.ts";
import { checkRequired, type Input } from "./validation.ts";

interface PresignedUrl {
  /** Whose page it opens. */
  readonly noun: string;
  /** Default and limits of how long the user's session lasts, in seconds. */
  readonly session: { readonly usual: number; readonly min: number; readonly max: number };
  readonly required: readonly string[];
}

/**
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePresignedNotebookInstanceUrl.html
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePresignedDomainUrl.html
 */
const operations = table<PresignedUrl>({
  CreatePresignedNotebookInstanceUrl: {
    noun: "NotebookInstance",
    session: { usual: 43_200, min: 1800, max: 43_200 },
    required: ["NotebookInstanceName"],
  },
  CreatePresignedDomainUrl: {
    noun: "UserProfile",
    session: { usual: 43_200, min: 1800, max: 43_200 },
    required: ["DomainId", "UserProfileName"],
  },
});

/** Whether this operation opens a door to a notebook or a Studio domain. */
export function presignedUrlNoun(operation: string): string | undefined {
  return operations[operation]?.noun;
}

/** Answers with a URL that nothing serves: tests are about who may ask for it. */
export function createPresignedUrl(plane: ControlPlane, name: string, input: Input, call: Call): unknown {
  const operation = operations[name];
  const described = operation === undefined ? undefined : controlOperation(`Describe${operation.noun}`);
  if (operation === undefined || described === undefined) throw new Error(`${name} opens nothing.`);
  checkRequired(input, operation.required);
  const { usual, min, max } = operation.session;
  const seconds = Number(input["SessionExpirationDurationInSeconds"] ?? usual);
  if (!(seconds >= min && seconds <= max)) {
    throw new AwsError("ValidationException", `SessionExpirationDurationInSeconds must be from ${min} to ${max}.`);
  }
  const resource = findResource(plane, described, input, call);
  const host =
    operation.noun === "NotebookInstance"
      ? `${resource.name}.notebook.${call.region}.sagemaker.aws`
      : `${String(input["DomainId"])}.studio.${call.region}.sagemaker.aws`;
  return { AuthorizedUrl: `https://${host}/auth?token=${randomBytes(48).toString("base64url")}` };
}
