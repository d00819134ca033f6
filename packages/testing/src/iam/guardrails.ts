import { TestingError } from "../error.ts";
import type { PolicyLayer } from "./layers.ts";
import { parsePolicy } from "./parse-policy.ts";
import { listOf, type PolicyDocument, type PolicyStatement } from "./policy-document.ts";
import { allowEverything } from "./allow-everything.ts";

/** Policies of an organization: for every account, or by account id. */
export type AccountPolicies =
  | readonly (PolicyDocument | string)[]
  | Readonly<Record<string, readonly (PolicyDocument | string)[]>>;

/** The policies that surround every request, whatever the caller's own policies say. */
export interface GuardrailOptions {
  readonly organizationId?: string | undefined;
  readonly serviceControlPolicies?: AccountPolicies | undefined;
  readonly resourceControlPolicies?: AccountPolicies | undefined;
  readonly endpointPolicies?: Readonly<Record<string, PolicyDocument | string>> | undefined;
}

/** What decides which guardrails apply. */
export interface GuardedRequest {
  /** The caller's account. */
  readonly accountId: string;
  readonly action: string;
  readonly resource: string;
  /** The VPC endpoint that the request came through. */
  readonly sourceVpce: string | undefined;
}

/** The guardrails of one local AWS. */
export interface Guardrails {
  readonly organizationId: string;
  /** The layers that apply to a request, in AWS's order. */
  layers(request: GuardedRequest): readonly PolicyLayer[];
}

/** RCPs apply to these services: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html (2026-11). */
const rcpServices = new Set([
  "s3",
  "sts",
  "kms",
  "sqs",
  "secretsmanager",
  "cognito-identity",
  "cognito-idp",
  "logs",
  "dynamodb",
  "ecr",
  "aoss",
]);

/**
 * Reads the guardrails. `FullAWSAccess` and `RCPFullAWSAccess` count as attached, as in every organization, unless a
 * service control policy allows something itself: then the given policies are the allow list.
 */
export function createGuardrails(options: GuardrailOptions): Guardrails {
  const service = readAccountPolicies(options.serviceControlPolicies, "identity");
  const resources = readAccountPolicies(options.resourceControlPolicies, "resource", checkRcp);
  const endpoints = new Map(
    Object.entries(options.endpointPolicies ?? {}).map(([id, policy]) => [id, parsePolicy(policy, "resource")]),
  );
  return {
    organizationId: options.organizationId ?? "o-a1b2c3d4e5",
    layers({ accountId, action, resource, sourceVpce }) {
      const owner = ownerOf(resource) ?? accountId;
      const layers: PolicyLayer[] = [];
      const rcps = rcpServices.has(action.split(":")[0] ?? "") ? resources(owner) : undefined;
      if (rcps !== undefined) layers.push({ type: "resource control policy", policies: [...rcps, allowEverything] });
      const scps = service(accountId);
      if (scps !== undefined) {
        layers.push({
          type: "service control policy",
          policies: scps.some(allows) ? scps : [...scps, allowEverything],
        });
      }
      const endpoint = sourceVpce === undefined ? undefined : endpoints.get(sourceVpce);
      if (endpoint !== undefined) layers.push({ type: "VPC endpoint policy", policies: [endpoint] });
      return layers;
    },
  };
}

/** The account in an ARN. S3's ARNs have none. */
export function ownerOf(resource: string): string | undefined {
  return /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(resource)?.[1];
}

function readAccountPolicies(
  given: AccountPolicies | undefined,
  kind: "identity" | "resource",
  check?: (policy: PolicyDocument) => void,
): (accountId: string) => readonly PolicyDocument[] | undefined {
  if (given === undefined) return () => undefined;
  const read = (policies: readonly (PolicyDocument | string)[]): readonly PolicyDocument[] =>
    policies.map((policy) => {
      const parsed = parsePolicy(policy, kind);
      check?.(parsed);
      return parsed;
    });
  if (Array.isArray(given)) {
    const all = read(given as readonly (PolicyDocument | string)[]);
    return () => all;
  }
  const byAccount = new Map(
    Object.entries(given).map(([id, policies]) => [id, read(policies as readonly PolicyDocument[])]),
  );
  return (accountId) => byAccount.get(accountId);
}

/** https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html */
function checkRcp(policy: PolicyDocument): void {
  for (const { Effect, Principal } of listOf<PolicyStatement>(policy.Statement)) {
    if (Effect === "Deny" && Principal === "*") continue;
    throw new TestingError("INVALID_POLICY", 'A resource control policy must deny, and its Principal must be "*".');
  }
}

function allows(policy: PolicyDocument): boolean {
  return listOf<PolicyStatement>(policy.Statement).some(({ Effect }) => Effect === "Allow");
}
