import { type Structure, type Type, inputOf } from "../../src/api/model.ts";
import { mappingOf } from "../../src/iac/mapping.ts";
import { plainName } from "../../src/iac/plain-name.ts";
import { type Attribute, attributesOf } from "./provider-attributes.ts";

/** An input as far as a resource can say it, and the properties or attributes that say it. */
export interface Said {
  readonly input: Record<string, unknown>;
  readonly attributes: Record<string, unknown>;
}

const has = (structure: Structure | undefined, name: string): boolean =>
  structure !== undefined && [...structure.members.keys()].some((member) => member.toLowerCase() === name);

const snake = (name: string): string =>
  name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1_$2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();

/**
 * Writes an input as the properties of CloudFormation or the attributes of a resource of Terraform; members that the resource
 * has no name for are left out of both.
 */
export function attributesOfInput(type: string, given: Readonly<Record<string, unknown>>): Said {
  const mapping = mappingOf(type);
  if (typeof mapping !== "object") throw new Error(`${type} is not mapped`);
  const { action, renamed, left } = mapping;
  const isBlock = type.startsWith("aws_");
  const isFormation = type.startsWith("AWS::");
  const { input, attributes } = object(given, inputOf(action), attributesOf.get(type), "");
  return { input, attributes: isBlock || action !== "CreatePipeline" ? attributes : withDefinition(attributes) };

  /** CloudFormation, and awscc after it, put both forms of a definition into one object. */
  function withDefinition({
    PipelineDefinition,
    PipelineDefinitionS3Location,
    pipeline_definition,
    ...rest
  }: Readonly<Record<string, unknown>>): Record<string, unknown> {
    if (pipeline_definition !== undefined)
      return { ...rest, pipeline_definition: { pipeline_definition_body: pipeline_definition } };
    const body = PipelineDefinition === undefined ? {} : { PipelineDefinitionBody: PipelineDefinition };
    const place = PipelineDefinitionS3Location === undefined ? {} : { PipelineDefinitionS3Location };
    const definition = { ...body, ...place };
    return Object.keys(definition).length === 0 ? rest : { ...rest, PipelineDefinition: definition };
  }

  function object(
    value: Readonly<Record<string, unknown>>,
    structure: Structure | undefined,
    known: ReadonlyMap<string, Attribute> | undefined,
    path: string,
  ): Said {
    const said: Said = { input: {}, attributes: {} };
    for (const [member, inner] of Object.entries(value)) {
      const of = structure?.members.get(member);
      const name = nameOf(member, structure, known, path);
      if (name === undefined || of === undefined || inner === null || inner === undefined) continue;
      const here = path === "" ? plainName(name) : `${path}/${plainName(name)}`;
      if (left.has(here)) continue;
      const attribute = known?.get(name);
      const converted = convert(inner, of, attribute, known !== undefined, here);
      if (converted === undefined) continue;
      said.input[member] = converted[0];
      said.attributes[name] = attribute?.isJson === true ? JSON.stringify(converted[1]) : converted[1];
    }
    return said;
  }

  function nameOf(
    member: string,
    structure: Structure | undefined,
    known: ReadonlyMap<string, Attribute> | undefined,
    path: string,
  ): string | undefined {
    const own = Object.entries(renamed).find(
      ([from, to]) => to === member && from.slice(0, Math.max(0, from.lastIndexOf("/"))) === path,
    )?.[0];
    const plain = own === undefined ? member.toLowerCase() : own.slice(own.lastIndexOf("/") + 1);
    if (isFormation) return own === undefined ? member : plain;
    if (known === undefined) return own === undefined ? snake(member) : plain;
    const names = [...known.keys()];
    // Some structures have a member in the singular and one in the plural.
    if (plain.endsWith("s") && has(structure, plain.slice(0, -1)))
      return names.find((name) => plainName(name) === plain);
    return (
      names.find((name) => plainName(name) === plain) ??
      names.find((name) => [`${plainName(name)}s`, plainName(name).replace(/y$/, "ies")].includes(plain))
    );
  }

  /** The value of the input, and that of the attribute; `undefined` where Terraform cannot say it. */
  function convert(
    value: unknown,
    of: Type,
    attribute: Attribute | undefined,
    isKnown: boolean,
    path: string,
  ): readonly [unknown, unknown] | undefined {
    const inner = isKnown ? attribute?.inner : undefined;
    if (of.kind === "structure") {
      // Of members of the API without members, Terraform says true.
      if (isKnown && inner?.size === 0 && !isBlock && of.members.size === 0) return [{}, true];
      const said = object(value as Record<string, unknown>, of, inner, path);
      return [said.input, isBlock ? [said.attributes] : said.attributes];
    }
    if (of.kind === "list") {
      const items = (value as unknown[])
        .map((item) => convert(item, of.of, attribute, isKnown, path))
        .filter((item) => item !== undefined);
      // An absent block and an empty list are one to Terraform.
      if (items.length === 0 && !isFormation) return undefined;
      const unwrap = (item: unknown): unknown => (isBlock && Array.isArray(item) ? item[0] : item);
      return [items.map(([said]) => said), items.map(([, written]) => unwrap(written))];
    }
    if (of.kind === "map") {
      const pairs = Object.entries(value as Record<string, unknown>);
      if (of.of.kind !== "text" && !isFormation) return undefined;
      const isList = inner?.has("key") === true && inner.has("value");
      return [value, isList ? pairs.map(([key, text]) => ({ key, value: text })) : value];
    }
    return [value, value];
  }
}
