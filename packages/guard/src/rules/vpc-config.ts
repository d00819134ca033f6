import { member } from "../evaluate/pointer.ts";
import type { HeldCondition } from "./rule.ts";

/** A non-empty string. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** A list of at least one non-empty string and nothing else. */
export function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isText);
}

/** A `VpcConfig` that names subnets and security groups. */
export function isVpcConfig(value: unknown): boolean {
  return isTextList(member(value, "Subnets")) && isTextList(member(value, "SecurityGroupIds"));
}

/** `VpcConfig` as IAM sees it: both lists are there. */
export const vpcPresent: readonly HeldCondition[] = [
  { operator: "Null", key: "sagemaker:VpcSubnets", values: ["false"] },
  { operator: "Null", key: "sagemaker:VpcSecurityGroupIds", values: ["false"] },
];
