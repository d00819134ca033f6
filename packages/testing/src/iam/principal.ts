import type { PolicyContext } from "./condition.ts";
import type { Guardrails } from "./guardrails.ts";
import type { PolicyDocument } from "./policy-document.ts";

/** The caller of a request, identified by the access key that signed it. */
export interface Principal {
  readonly kind: "user" | "assumed-role" | "federated-user" | "root";
  /** Such as `arn:aws:sts::123456789012:assumed-role/worker/session`. */
  readonly arn: string;
  /** `AIDA…` or `AROA…:session`. */
  readonly userId: string;
  readonly accountId: string;
  /** The user's name, or the session's. */
  readonly name: string;
  /** The role whose session this is. */
  readonly roleArn?: string | undefined;
  /** Its policies. Read at every request, so that a changed policy takes effect at once. */
  policies(): readonly PolicyDocument[];
  /** The session policies; undefined: the session is not limited. */
  readonly sessionPolicies?: readonly PolicyDocument[] | undefined;
  /** The scope-down policies of `GetScopedCredentials`: each one must allow. */
  readonly scopePolicies?: readonly PolicyDocument[] | undefined;
  /** The permissions boundary of the user or role. Read at every request. */
  boundary?(): PolicyDocument | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity?: string | undefined;
  /** When its session began; undefined for long-term keys. */
  readonly issuedAt?: Date | undefined;
  /** When its session's MFA took place. */
  readonly mfaAt?: Date | undefined;
  /** From `GetSessionToken`, which may call few STS operations. */
  readonly sessionToken?: boolean | undefined;
  /** Where the identity of a federated session came from. */
  readonly federatedProvider?: string | undefined;
}

/** The facts about a connection, for condition keys. */
export interface RequestOrigin {
  readonly now: Date;
  readonly region: string;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  /** The VPC endpoint the request came through. */
  readonly sourceVpce: string | undefined;
  /** The policies that apply to every request. */
  readonly guardrails: Guardrails;
}

/** The global condition keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
export function globalContext(principal: Principal | undefined, origin: RequestOrigin): PolicyContext {
  const request: PolicyContext = {
    "aws:CurrentTime": origin.now,
    "aws:EpochTime": Math.floor(origin.now.getTime() / 1000),
    "aws:RequestedRegion": origin.region,
    "aws:SecureTransport": true,
    "aws:ViaAWSService": false,
    "aws:SourceIp": origin.sourceVpce === undefined ? origin.sourceIp : undefined,
    "aws:SourceVpce": origin.sourceVpce,
    "aws:VpcSourceIp": origin.sourceVpce === undefined ? undefined : origin.sourceIp,
    "aws:UserAgent": origin.userAgent,
    "aws:ResourceOrgID": origin.guardrails.organizationId,
  };
  if (principal === undefined) return request;
  return {
    ...request,
    "aws:PrincipalArn": principal.roleArn ?? principal.arn,
    "aws:PrincipalAccount": principal.accountId,
    "aws:PrincipalOrgID": origin.guardrails.organizationId,
    "aws:PrincipalIsAWSService": false,
    "aws:AssumedRoot": principal.kind === "root" ? true : undefined,
    "aws:PrincipalType": {
      user: "User",
      "assumed-role": "AssumedRole",
      "federated-user": "FederatedUser",
      root: "Account",
    }[principal.kind],
    "aws:userid": principal.userId,
    "aws:username": principal.kind === "user" ? principal.name : undefined,
    "aws:TokenIssueTime": principal.issuedAt,
    "aws:SourceIdentity": principal.sourceIdentity,
    "aws:FederatedProvider": principal.federatedProvider,
    // Requests with long-term keys have no MFA condition keys.
    "aws:MultiFactorAuthPresent": principal.issuedAt === undefined ? undefined : principal.mfaAt !== undefined,
    "aws:MultiFactorAuthAge":
      principal.mfaAt === undefined ? undefined : Math.floor((origin.now.getTime() - principal.mfaAt.getTime()) / 1000),
    ...Object.fromEntries(Object.entries(principal.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
  };
}
