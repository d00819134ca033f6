import { fill } from "../model/fill.ts";
import type { StructureShape } from "../model/shape.ts";
import type { Input } from "../model/validate.ts";
import { type Operate, secondsOf } from "./control-plane.ts";
import { knownMembers } from "./known-members.ts";
import type { Resource } from "./resource-store.ts";

/** The answer of an operation from what is known. An operation without an output answers `{}`. */
export function answerWith({ plane, operation, call }: Operate, known: Input): Input {
  return operation.output === "" ? {} : fill(plane.model, operation.output, known, secondsOf(call));
}

/** The answer about a resource. Some answers hold the resource in a member of its own: `Workforce`, `Workteam`. */
export function answerAbout(operate: Operate, resource: Resource, more: Input = {}): Input {
  const { plane, operation } = operate;
  const known = { ...knownMembers(plane, resource), ...more };
  return answerWith(operate, { ...known, ...wrapped(operate, operation.output, known) });
}

function wrapped({ plane }: Operate, output: string, known: Input): Input {
  if (output === "") return {};
  const { members } = plane.model.shape(output) as StructureShape;
  const [only] = members.values();
  if (only === undefined || members.size > 1 || plane.model.shape(only.shape).type !== "structure") return {};
  return { [only.name]: known };
}
