import { nearestName } from "@countersign/signer/options";
import { GuardError } from "../error.ts";
import { operationIgnoringCase, operationNames } from "./model.ts";

/** An action as the API spells it. */
export interface SpelledAction {
  readonly name: string;
  /** Absent: neither the model of the API nor a rule has the action. */
  readonly known: boolean;
}

/** Spells an action as the API does. */
export type SpellAction = (action: unknown) => SpelledAction;

/** The longest action that is read; the longest name of the API has 46 characters. */
const MAX_LENGTH = 128;

/**
 * Makes the one speller that every action goes through, so that no spelling slips past a rule. `CreateTrainingJob`,
 * `createTrainingJob`, `sagemaker:CreateTrainingJob`, `SageMaker.CreateTrainingJob` and `create-training-job` are one action.
 *
 * @param named the actions that rules name: a rule of the caller's may speak about an operation newer than the model.
 */
export function createActionSpeller(named: readonly string[]): SpellAction {
  const inRules = new Map(named.filter((name) => name !== "*").map((name) => [name.toLowerCase(), name]));
  return function spell(action) {
    if (typeof action !== "string" || action === "" || action.length > MAX_LENGTH)
      throw new GuardError(
        "INVALID_OPTION",
        `action: must be the name of an operation with at most ${MAX_LENGTH} characters, such as CreateTrainingJob`,
      );
    const bare = bareName(action);
    const name = operationIgnoringCase(bare) ?? inRules.get(bare.toLowerCase());
    return name === undefined ? { name: action, known: false } : { name, known: true };
  };
}

/** The known operation that a misspelt one most likely stands for. */
export function nearestAction(action: string): string | undefined {
  return nearestName(bareName(action), operationNames());
}

/** An operation as the API spells it; one that the model does not have, without the name of the service. `*` stays. */
export function spellOperation(action: string): string {
  const bare = bareName(action);
  return operationIgnoringCase(bare) ?? bare;
}

function bareName(action: string): string {
  return action.replace(/^sagemaker[a-z0-9-]*[:.]/i, "").replaceAll(/[-_]/g, "");
}
