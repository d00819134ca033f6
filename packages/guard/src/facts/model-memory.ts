import type { ModelFacts } from "../facts.ts";
import { member } from "../evaluate/pointer.ts";

/** The network of models that this process saw created. */
export interface ModelMemory {
  /** To be told of calls that succeeded: a failed CreateModel says nothing about the model of that name. */
  remember(action: string, input: unknown): void;
  recall(name: string): ModelFacts | undefined;
}

/** @param limit how many models are kept; the oldest is forgotten first. */
export function createModelMemory(limit = 1_000): ModelMemory {
  const models = new Map<string, ModelFacts>();
  return {
    remember(action, input) {
      const name = member(input, "ModelName");
      if (typeof name !== "string") return;
      if (action === "DeleteModel") models.delete(name);
      if (action !== "CreateModel") return;
      models.delete(name);
      models.set(
        name,
        structuredClone({
          VpcConfig: member(input, "VpcConfig"),
          EnableNetworkIsolation: member(input, "EnableNetworkIsolation"),
        }),
      );
      const [oldest] = models.keys();
      if (models.size > limit && oldest !== undefined) models.delete(oldest);
    },
    recall: (name) => models.get(name),
  };
}
