import * as client from "@aws-sdk/client-sagemaker";
import { describe, expect, it } from "vitest";
import { resourceKinds } from "../../packages/testing/src/sagemaker/resource-kind.ts";

/** A structure of the official model: its members, the required ones first. */
interface Structure {
  readonly members: readonly string[];
  readonly required: readonly string[];
}

function structure(...names: readonly string[]): Structure | undefined {
  const found = names.map((name) => (client as Record<string, unknown>)[`${name}$`]).find((each) => each !== undefined);
  if (found === undefined) return undefined;
  const [, , , , members = [], , required = 0] = found as [
    number,
    string,
    string,
    unknown,
    string[]?,
    unknown?,
    number?,
  ];
  return { members, required: members.slice(0, required) };
}

const nouns = Object.keys(resourceKinds);
const plural = (noun: string): string => (noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`);

describe("the table of resources agrees with the official model", () => {
  it.each(nouns)("%s", (noun) => {
    const kind = resourceKinds[noun];
    if (kind === undefined) throw new Error(noun);
    const operations = kind.verbs.map((verb) => `${verb}${verb === "List" ? plural(noun) : noun}Command`);
    expect(operations.filter((operation) => !(operation in client))).toEqual([]);

    const create = structure(`Create${noun}Request`, `Create${noun}Input`);
    // A model package is named or versioned: its name is optional in the model, and is what it is found by here.
    const required = noun === "ModelPackage" ? [...(create?.required ?? []), kind.name] : create?.required;
    expect(new Set([kind.name, ...kind.required])).toEqual(new Set(required));

    const described = structure(`Describe${noun}Response`, `Describe${noun}Output`);
    const body = kind.wrapped === undefined ? described : structure(kind.wrapped);
    const arn = kind.arn ?? `${noun}Arn`;
    const told = [kind.name, arn, ...(kind.status?.slice(0, 1) ?? []), ...Object.keys(kind.renamed ?? {})];
    const names = told.map((member) => kind.renamed?.[member ?? ""] ?? member ?? "");
    expect(names.filter((member) => body?.members.includes(member) !== true)).toEqual([]);

    const find = structure(`Describe${noun}Request`, `Describe${noun}Input`);
    expect(new Set(kind.key ?? [kind.name])).toEqual(new Set(find?.required));

    const list =
      kind.items === undefined ? undefined : structure(`List${plural(noun)}Response`, `List${plural(noun)}Output`);
    expect(list?.members.includes(kind.items ?? "")).toBe(kind.items === undefined ? undefined : true);
  });
});
