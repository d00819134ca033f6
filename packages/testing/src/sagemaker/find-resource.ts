import { table } from "../table.ts";
import { AwsError } from "../wire/aws-error.ts";
import { type Call, callerOf } from "../world.ts";
import { type ControlOperation, type ControlPlane, resourceArn, storedAs, words } from "./control-operation.ts";
import type { ResourceKind } from "./resource-kind.ts";
import type { Resource } from "./resource-store.ts";
import { checkRequired, type Input } from "./validation.ts";

/** The resource that an operation acts on, of the caller's own account. */
export function findResource(plane: ControlPlane, operation: ControlOperation, input: Input, call: Call): Resource {
  const { kind, noun } = operation;
  checkRequired(input, kind.key ?? [kind.name]);
  const arn = resourceArn(operation, input, call);
  const found = plane.resources.get(arn);
  // An ARN may name another account's; nothing is shared between accounts here.
  const resource = found?.accountId === callerOf(call).accountId ? found : undefined;
  if (resource?.kind !== storedAs(noun)) {
    throw new AwsError(kind.missing ?? "ResourceNotFound", missingMessage(noun, kind, arn));
  }
  checkState(operation, resource);
  return resource;
}

function missingMessage(noun: string, kind: ResourceKind, arn: string): string {
  if (noun === "NotebookInstance") return "RecordNotFound";
  if (kind.missing === "ValidationException" && noun.endsWith("Job")) return "Requested resource not found.";
  return `Could not find ${words(noun)} "${arn}".`;
}

/** The state that a verb leads to, as error messages call it. */
const transitions = table({ Update: "Updating", Delete: "Deleting", Start: "Pending" });

function checkState({ verb, noun, kind }: ControlOperation, { status, arn }: Resource): void {
  const [, , stopped] = kind.status ?? [];
  if (kind.whileStopped?.includes(verb) !== true || status === stopped) return;
  const goal = transitions[verb] ?? verb;
  throw new AwsError(
    "ValidationException",
    `Status (${status}) not in ([${stopped}, Failed]). Unable to transition to (${goal}) for ${words(noun)} (${arn}).`,
  );
}
