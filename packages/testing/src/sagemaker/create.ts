import { randomBytes } from "node:crypto";
import { AwsError } from "../wire/aws-error.ts";
import { type Call, callerOf } from "../world.ts";
import { arnOf, type ControlOperation, type ControlPlane, storedAs, words } from "./control-operation.ts";
import { arnMember, identity } from "./describe.ts";
import type { ResourceKind } from "./resource-kind.ts";
import type { Resource } from "./resource-store.ts";
import { checkCombination, checkName, checkRequired, checkVpcConfigs, type Input } from "./validation.ts";

/** Makes a resource. */
export function create(plane: ControlPlane, { noun, kind }: ControlOperation, input: Input, call: Call): unknown {
  checkRequired(input, [kind.name, ...kind.required]);
  checkName(kind, input);
  checkVpcConfigs(input);
  checkCombination(`Create${noun}`, input);
  checkReferences(plane, noun, input, call);
  const { path, given } = newIdentity(noun, kind, input, call);
  const arn = arnOf(kind.type, path, call);
  if (plane.resources.get(arn) !== undefined) throw taken(noun, kind, arn);
  const now = call.world.clock.now();
  const resource: Resource = {
    arn,
    kind: storedAs(noun),
    name: String(input[kind.name]),
    region: call.region,
    accountId: callerOf(call).accountId,
    input,
    given: { ...given, [arnMember(noun, kind)]: arn },
    status: kind.status?.[1],
    createdAt: now,
    modifiedAt: now,
  };
  plane.resources.put(resource);
  if (noun === "Endpoint" && !plane.endpoints.has(resource.name)) plane.endpoints.set(resource.name, "echo");
  return identity(noun, kind, resource);
}

/** Some kinds get an id of SageMaker's, and some are found by two names. */
function newIdentity(
  noun: string,
  kind: ResourceKind,
  input: Input,
  call: Call,
): { readonly path: string; readonly given: Input } {
  const id = (): string => randomBytes(6).toString("hex");
  const name = String(input[kind.name]);
  if (noun === "Domain") {
    const domainId = `d-${id()}`;
    return {
      path: domainId,
      given: { DomainId: domainId, Url: `https://${domainId}.studio.${call.region}.sagemaker.aws` },
    };
  }
  if (kind.key?.[0] === "Arn") return { path: `app-${id().toUpperCase()}`, given: {} };
  if (kind.key?.length === 2) return { path: `${String(input[kind.key[0] ?? ""])}/${name}`, given: {} };
  if (noun === "NotebookInstance") {
    return { path: name, given: { Url: `${name}.notebook.${call.region}.sagemaker.aws` } };
  }
  return { path: name, given: {} };
}

/** What must be there already. */
function checkReferences(plane: ControlPlane, noun: string, input: Input, call: Call): void {
  const must = (type: string, name: unknown, called: string): void => {
    const arn = arnOf(type, String(name), call);
    if (plane.resources.get(arn) === undefined)
      throw new AwsError("ValidationException", `Could not find ${called} "${arn}".`);
  };
  if (noun === "Endpoint") must("endpoint-config", input["EndpointConfigName"], "endpoint configuration");
  if (noun === "TransformJob") must("model", input["ModelName"], "model");
  const variants = noun === "EndpointConfig" ? input["ProductionVariants"] : undefined;
  for (const variant of Array.isArray(variants) ? (variants as readonly Input[]) : []) {
    if (variant["ModelName"] !== undefined) must("model", variant["ModelName"], "model");
  }
}

function taken(noun: string, kind: ResourceKind, arn: string): AwsError {
  const code = kind.conflict ?? "ResourceInUse";
  if (code === "ResourceInUse" && noun.endsWith("Job")) {
    const what = words(noun);
    const sentence = `${what.charAt(0).toUpperCase()}${what.slice(1)} names must be unique within an AWS account and region, and a ${what} with this name already exists (${arn})`;
    return new AwsError(code, sentence);
  }
  return new AwsError(code, `Cannot create already existing ${words(noun)} "${arn}".`);
}
