import type { Call } from "../world.ts";
import type { ControlOperation, ControlPlane } from "./control-operation.ts";
import { create } from "./create.ts";
import { answer, describe, identity, list } from "./describe.ts";
import { findResource } from "./find-resource.ts";
import { checkVpcConfigs, type Input } from "./validation.ts";

/** Carries an operation out. */
export function operate(plane: ControlPlane, operation: ControlOperation, input: Input, call: Call): unknown {
  const { verb, noun, kind } = operation;
  switch (verb) {
    case "Create":
      return create(plane, operation, input, call);
    case "Describe":
      return answer(kind, describe(noun, kind, findResource(plane, operation, input, call)));
    case "List":
      return list(plane, operation, input, call);
    case "Update": {
      const resource = findResource(plane, operation, input, call);
      checkVpcConfigs(input);
      resource.input = { ...resource.input, ...input };
      resource.modifiedAt = call.world.clock.now();
      return kind.wrapped === undefined ? identity(noun, kind, resource) : answer(kind, describe(noun, kind, resource));
    }
    case "Delete": {
      const resource = findResource(plane, operation, input, call);
      plane.resources.remove(resource.arn);
      if (noun === "Endpoint") plane.endpoints.remove(resource.name);
      return {};
    }
    default: {
      const resource = findResource(plane, operation, input, call);
      const [, initial, stopped] = kind.status ?? [];
      resource.status = verb === "Stop" ? stopped : initial;
      resource.modifiedAt = call.world.clock.now();
      return {};
    }
  }
}
