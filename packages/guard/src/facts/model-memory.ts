import { AgingMap } from "@countersign/signer";
import type { ModelFacts } from "../facts.ts";
import { member } from "../evaluate/pointer.ts";
import { isTextList } from "../rules/vpc-config.ts";

/** The network of models that this process saw created. */
export interface ModelMemory {
  /** Records a call that succeeded. After a failed CreateModel the model of that name may be another one. */
  remember(action: string, input: unknown): void;
  recall(name: string): ModelFacts | undefined;
}

/**
 * @param limit models of a generation. What was neither created nor asked for since then is forgotten, and is then unknown
 * to the rules, which is never taken for allowed.
 */
export function createModelMemory(limit = 1_000): ModelMemory {
  const models = new AgingMap<string, ModelFacts>(limit);
  return {
    remember(action, input) {
      const name = member(input, "ModelName");
      if (typeof name !== "string") return;
      if (action === "DeleteModel") models.delete(name);
      if (action !== "CreateModel") return;
      models.set(name, {
        VpcConfig: copyOf(member(input, "VpcConfig")),
        EnableNetworkIsolation: member(input, "EnableNetworkIsolation") === true,
      });
    },
    recall: (name) => models.get(name),
  };
}

/** A copy of the two lists that the rules read; the caller may change its own object later. */
function copyOf(vpc: unknown): unknown {
  if (vpc === undefined) return undefined;
  const list = (name: string): readonly string[] => {
    const ids = member(vpc, name);
    return isTextList(ids) ? [...ids] : [];
  };
  return { Subnets: list("Subnets"), SecurityGroupIds: list("SecurityGroupIds") };
}
