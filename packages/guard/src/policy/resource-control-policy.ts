import { checkOptions, listOf, oneOf, optional, shape } from "@countersign/signer/options";
import { GuardError, refuseOption } from "../error.ts";
import type { Network, Rule } from "../rules/rule.ts";
import { sourceOf } from "../rules/vpc-endpoint.ts";
import { denyCondition } from "./condition.ts";
import type { EmittedPolicy, PolicyCondition, PolicyGap, PolicyStatement } from "./document.ts";
import { emitPolicies, emitPolicy } from "./emit.ts";
import { unheldGaps } from "./hold.ts";
import { ORGANIZATION } from "./lists.ts";
import { quotas } from "./quotas.ts";

/** The services whose resources the policy protects. */
export type RcpService = "kms" | "s3" | "secretsmanager" | "sqs" | "sts";

/** Options of `toRcp` and `toRcps`. */
export interface RcpOptions {
  /** Only principals of this organization (`o-…`) may use the resources. Default: any that their own policies allow. */
  readonly organizationId?: string | undefined;
  /** Default: all of them. */
  readonly services?: readonly RcpService[] | undefined;
}

/**
 * The services of resource control policies that hold what SageMaker's jobs read and write, with the actions to deny. SageMaker
 * is not one of the services (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html, and
 * https://docs.aws.amazon.com/controltower/latest/controlreference/rcp-controls.html, read on 2026-11-29). Of STS only
 * AssumeRole is denied: callers of AssumeRoleWithSAML and AssumeRoleWithWebIdentity have no organization yet.
 */
const services: Readonly<Record<RcpService, string>> = {
  kms: "kms:*",
  s3: "s3:*",
  secretsmanager: "secretsmanager:*",
  sqs: "sqs:*",
  sts: "sts:AssumeRole",
};

const KIND = "resource control policy";

interface Held {
  readonly statements: readonly PolicyStatement[];
  readonly gaps: readonly PolicyGap[];
}

/**
 * The part of a posture that a resource control policy can hold: the resources that jobs use are used from the VPC, by the
 * organization.
 *
 * @throws GuardError `INVALID_OPTION` if neither a network nor an organization is given, `POLICY_TOO_LARGE`.
 */
export function resourceControlPolicy(
  rules: readonly Rule[],
  network: Network,
  options: RcpOptions | undefined,
): EmittedPolicy {
  const { statements, gaps } = held(rules, network, options);
  const advice = "Emit it in parts with toRcps, or name fewer endpoints in the network option";
  return emitPolicy(KIND, quotas.rcp.characters, statements, gaps, advice);
}

/** As many policies as the quota needs. */
export function resourceControlPolicies(
  rules: readonly Rule[],
  network: Network,
  options: RcpOptions | undefined,
): readonly EmittedPolicy[] {
  const { statements, gaps } = held(rules, network, options);
  const advice = "Name fewer endpoints in the network option";
  return emitPolicies(KIND, quotas.rcp.characters, statements, gaps, advice);
}

function held(rules: readonly Rule[], network: Network, given: RcpOptions | undefined): Held {
  const { organizationId, services: named } = checkOptions<RcpOptions>(
    given,
    {
      organizationId: optional(ORGANIZATION),
      services: optional((value, field, refuse) =>
        listOf(oneOf(...Object.keys(services)))(
          shape("a list of at least one service", (list) => Array.isArray(list) && list.length > 0)(
            value,
            field,
            refuse,
          ),
          field,
          refuse,
        ),
      ),
    },
    refuseOption,
  );
  const chosen = named === undefined ? (Object.keys(services) as RcpService[]) : [...new Set(named)];
  const perimeter = rules.find(({ id }) => id === "vpc-endpoint");
  const sources = perimeter === undefined ? [] : sourceOf(network);
  const deny = (Sid: string, Condition: PolicyCondition): PolicyStatement => ({
    Sid,
    Effect: "Deny",
    Principal: "*",
    Action: chosen.map((service) => services[service]),
    Resource: "*",
    Condition,
  });
  const statements = [
    ...sources.map((source) => {
      const { BoolIfExists, ...condition } = denyCondition(source);
      return deny("DenyOutsideNetwork", {
        ...condition,
        BoolIfExists: { ...BoolIfExists, "aws:PrincipalIsAWSService": "false" },
      });
    }),
    ...(organizationId === undefined
      ? []
      : [
          deny("DenyOutsideOrganization", {
            StringNotEquals: { "aws:PrincipalOrgID": organizationId },
            BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
          }),
        ]),
  ];
  if (statements.length === 0)
    throw new GuardError(
      "INVALID_OPTION",
      "organizationId: must be given, or network.vpcEndpoints or network.vpcId to a guard whose posture has vpc-endpoint; a resource control policy has nothing else to compare with",
    );
  return { statements, gaps: gapsOf(rules, sources.length > 0, chosen) };
}

function gapsOf(rules: readonly Rule[], hasPerimeter: boolean, chosen: readonly string[]): readonly PolicyGap[] {
  const unheld =
    "Resource control policies do not know SageMaker's actions: attach toScps() or toIamPolicies() as well.";
  const names = chosen.join(", ");
  const held = hasPerimeter ? rules.filter(({ id }) => id === "vpc-endpoint") : [];
  return [
    ...unheldGaps(
      rules.filter((rule) => !held.includes(rule)),
      unheld,
    ),
    ...held.flatMap(({ id, actions }): readonly PolicyGap[] => {
      return [
        {
          rule: id,
          actions,
          kind: "looser",
          reason: `It holds the use of resources of ${names} and no call of SageMaker, and it spares calls that AWS services make.`,
        },
        {
          rule: id,
          actions,
          kind: "stricter",
          reason: `It refuses each use of resources of ${names} from elsewhere, such as data that SageMaker moves under the role of a job outside the VPC.`,
        },
      ];
    }),
  ];
}
