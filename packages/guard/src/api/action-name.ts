import { GuardError } from "../error.ts";
import { workloads } from "./workloads.ts";

/** Operations that the guard treats by name beside those that rules speak about. */
const others = ["CreateModel", "CreatePipeline", "DeleteModel", "UpdatePipeline"] as const;

/** Spells an operation as the API does. */
export type ActionName = (action: string) => string;

/**
 * Makes the one speller through which every action goes, so that no case of letters slips past a rule, a look-up or the
 * steps of a pipeline.
 *
 * @param named the operations that rules name.
 */
export function createActionName(named: readonly string[]): ActionName {
  const spelled = new Map([...others, ...Object.keys(workloads), ...named].map((name) => [name.toLowerCase(), name]));
  return (action) => {
    if (typeof action !== "string" || action === "")
      throw new GuardError("INVALID_OPTION", "action must be the name of an operation, such as CreateTrainingJob.");
    return spelled.get(action.toLowerCase()) ?? action;
  };
}
