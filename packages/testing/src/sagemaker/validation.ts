import { AwsError } from "../wire/aws-error.ts";
import type { ResourceKind } from "./resource-kind.ts";

/** The input of a control-plane operation. */
export type Input = Readonly<Record<string, unknown>>;

/** Collects what `Create` and the like find wrong, and says all of it at once, as SageMaker does. */
export function checkRequired(input: Input, members: readonly string[]): void {
  const missing = members.filter((member) => input[member] === undefined || input[member] === null);
  if (missing.length > 0) {
    throw failed(missing.map((member) => `Value null at '${camelCase(member)}' ${constraint} not be null`));
  }
}

/** The shape of the name of a new resource. */
export function checkName(kind: ResourceKind, input: Input): void {
  const name = input[kind.name];
  const at = `Value '${String(name)}' at '${camelCase(kind.name)}'`;
  const { maxName = 63 } = kind;
  const failures: string[] = [];
  if (typeof name !== "string" || !/^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/.test(name)) {
    failures.push(`${at} ${constraint} satisfy regular expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9])*`);
  }
  if (typeof name === "string" && name.length > maxName) {
    failures.push(`${at} ${constraint} have length less than or equal to ${maxName}`);
  }
  if (failures.length > 0) throw failed(failures);
}

/** Every `VpcConfig` names 1 to 16 subnets and 1 to 5 security groups. */
export function checkVpcConfigs(input: unknown, path = ""): void {
  if (Array.isArray(input)) return input.forEach((each, index) => checkVpcConfigs(each, `${path}.${index + 1}.member`));
  if (typeof input !== "object" || input === null) return;
  for (const [member, value] of Object.entries(input)) {
    const at = path === "" ? camelCase(member) : `${path}.${camelCase(member)}`;
    if (member === "VpcConfig" && typeof value === "object" && value !== null) {
      checkList(value as Input, "Subnets", 16, at);
      checkList(value as Input, "SecurityGroupIds", 5, at);
    }
    checkVpcConfigs(value, at);
  }
}

function checkList(config: Input, member: string, max: number, path: string): void {
  const list = config[member];
  const at = `${path}.${camelCase(member)}`;
  if (!Array.isArray(list)) throw failed([`Value null at '${at}' ${constraint} not be null`]);
  if (list.length === 0) throw failed([`Value '[]' at '${at}' ${constraint} have length greater than or equal to 1`]);
  if (list.length > max) {
    throw failed([`Value '[${list.join(", ")}]' at '${at}' ${constraint} have length less than or equal to ${max}`]);
  }
}

/** What the pages of single operations say about members together. */
export function checkCombination(operation: string, input: Input): void {
  if (
    operation === "CreateNotebookInstance" &&
    input["DirectInternetAccess"] === "Disabled" &&
    input["SubnetId"] === undefined
  ) {
    throw new AwsError(
      "ValidationException",
      "DirectInternetAccess can be set to Disabled only if you set a value for the SubnetId parameter.",
    );
  }
}

const constraint = "failed to satisfy constraint: Member must";

function failed(failures: readonly string[]): AwsError {
  const noun = failures.length === 1 ? "error" : "errors";
  return new AwsError("ValidationException", `${failures.length} validation ${noun} detected: ${failures.join("; ")}`);
}

function camelCase(member: string): string {
  return member.charAt(0).toLowerCase() + member.slice(1);
}
