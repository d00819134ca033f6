import { operationText, structureText } from "./model-data.ts";
import { restOperations } from "./rest-operations.ts";

/** The type of a value in an input. */
export type Type =
  | { readonly kind: "text" | "number" | "flag" | "time" | "anything" }
  | { readonly kind: "list" | "map"; readonly of: Type }
  | Structure;

/** An object with named members. */
export interface Structure {
  readonly kind: "structure";
  readonly members: ReadonlyMap<string, Type>;
  /** The members that every request must have. */
  readonly required: ReadonlySet<string>;
}

const simple: Readonly<Record<string, Type>> = {
  ".s": { kind: "text" },
  ".n": { kind: "number" },
  ".b": { kind: "flag" },
  ".t": { kind: "time" },
  ".x": { kind: "anything" },
};

/** What the text of the model says, read on first use: a process that judges nothing does not pay for it. */
interface Model {
  /** Structure of the input by operation. */
  readonly inputs: ReadonlyMap<string, Structure>;
  /** Operations by their name in lower case. */
  readonly byLowerCase: ReadonlyMap<string, string>;
}

let model: Model | undefined;

function readModel(): Model {
  const lines = structureText.slice(1, -1).split("\n");
  const structures: (Structure | undefined)[] = [];
  const inputs = new Map<string, Structure>();
  for (const entry of operationText.split(" ")) {
    const [name = "", id = ""] = entry.split(":");
    inputs.set(name, structureOf(Number.parseInt(id, 36)));
  }
  for (const { name, members } of restOperations)
    inputs.set(name, {
      kind: "structure",
      members: new Map(members.map((member) => [member, { kind: "anything" }])),
      required: new Set(),
    });
  return { inputs, byLowerCase: new Map([...inputs.keys()].map((name) => [name.toLowerCase(), name])) };

  function structureOf(id: number): Structure {
    const known = structures[id];
    if (known !== undefined) return known;
    let read: Pick<Structure, "members" | "required"> | undefined;
    const made: Structure = {
      kind: "structure",
      get members() {
        return (read ??= readMembers(lines[id] ?? "")).members;
      },
      get required() {
        return (read ??= readMembers(lines[id] ?? "")).required;
      },
    };
    structures[id] = made;
    return made;
  }

  function readMembers(line: string): Pick<Structure, "members" | "required"> {
    const members = new Map<string, Type>();
    const required = new Set<string>();
    for (const member of line === "" ? [] : line.split(",")) {
      const isRequired = member.startsWith("!");
      const colon = member.indexOf(":");
      const name = member.slice(isRequired ? 1 : 0, colon);
      if (isRequired) required.add(name);
      members.set(name, readType(member.slice(colon + 1)));
    }
    return { members, required };
  }

  function readType(text: string): Type {
    if (text.startsWith("[")) return { kind: "list", of: readType(text.slice(1)) };
    if (text.startsWith("{")) return { kind: "map", of: readType(text.slice(1)) };
    return simple[text] ?? structureOf(Number.parseInt(text, 36));
  }
}

/** The input of an operation; `undefined` for an operation that the model does not have. */
export function inputOf(operation: string): Structure | undefined {
  return (model ??= readModel()).inputs.get(operation);
}

/** The operation whose name is spelled like this except for the case of letters. */
export function operationIgnoringCase(name: string): string | undefined {
  return (model ??= readModel()).byLowerCase.get(name.toLowerCase());
}

/** The names of all operations. */
export function operationNames(): readonly string[] {
  return [...(model ??= readModel()).inputs.keys()];
}
