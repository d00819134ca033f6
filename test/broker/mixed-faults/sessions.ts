import type { RoleSpec } from "@countersign/broker";
import type { SteppedAws } from "./stepped-clock.ts";
import { LIFETIME } from "./timeline.ts";

export const ROLES = ["orders", "search", "images", "speech", "ranking", "fraud", "pricing", "tickets"] as const;
const TENANTS = ["north", "south"];

export const assumable = { Effect: "Allow", Principal: { AWS: "123456789012" }, Action: "sts:AssumeRole" } as const;

/** The sessions that callers ask for. */
export function sessionSpecs(aws: SteppedAws): readonly (RoleSpec & { readonly tenant: string })[] {
  return ROLES.flatMap((name) =>
    TENANTS.map((tenant) => ({ roleArn: aws.role(name).arn, tenant, durationSeconds: 60 * LIFETIME })),
  );
}

/** The end of the ARN of a session of this spec. */
export function ownerOf({ roleArn, tenant = "" }: RoleSpec): string {
  const name = roleArn.split("/").pop() ?? "";
  return `:assumed-role/${name}/${tenant}.${name}`;
}
