import type { Input } from "../model/validate.ts";
import { validate } from "../model/validate.ts";
import type { Call } from "../world.ts";
import { answerAbout } from "./answer.ts";
import { other, remove, start, stop, unrelated, update } from "./change.ts";
import type { ControlPlane, Operate } from "./control-plane.ts";
import { create } from "./create.ts";
import { findResource } from "./find-resource.ts";
import { handlers } from "./handlers.ts";
import { list } from "./list.ts";
import { subjectOf } from "./subject.ts";

/** Validates the input of an operation of the model, and carries the operation out. */
export function operate(plane: ControlPlane, name: string, given: Input, call: Call): Input {
  const operation = plane.model.operations.get(name);
  if (operation === undefined) throw new Error(`The model has no operation ${name}.`);
  const input = operation.input === "" ? {} : validate(plane.model, operation.input, given);
  const request: Operate = { plane, operation, input, call };
  const handler = handlers[name];
  return handler === undefined ? byVerb(request) : handler(request);
}

/** What an operation does if its name says it all. */
function byVerb(request: Operate): Input {
  const subject = subjectOf(request.plane, request.operation.name);
  if (subject === undefined) return unrelated(request);
  const { verb, kind } = subject;
  switch (verb) {
    case "Create":
      return create(request, kind);
    case "Describe":
      return answerAbout(request, findResource(request, kind));
    case "List":
      return list(request, kind);
    case "Update":
      return update(request, kind);
    case "Delete":
      return remove(request, kind);
    case "Stop":
      return stop(request, kind);
    case "Start":
      return start(request, kind);
    default:
      return other(request, kind);
  }
}
