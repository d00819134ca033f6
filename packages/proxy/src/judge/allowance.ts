import { denied } from "../refusal.ts";
import { matches } from "./match.ts";
import type { ServiceCall } from "./call.ts";

/** What a client may do. A request is allowed when one allowance covers its Region, every action and its resource. */
export interface Allowance {
  /** As IAM names them, with `*` and `?`: `sagemaker:InvokeEndpoint*`. */
  readonly actions: readonly string[];
  /** Default: any Region. */
  readonly regions?: readonly string[] | undefined;
  /**
   * The part of the resource's ARN after the account, with `*` and `?`: `endpoint/churn-*`, for S3 `bucket/prefix/*`.
   * Requests whose resource stands in their body, as in the control plane, are not covered by an allowance that has
   * resources. Default: any resource.
   */
  readonly resources?: readonly string[] | undefined;
}

/**
 * Actions whose answer holds credentials or a URL that signs in: a client that may call them has real secrets. A pattern
 * with a wildcard never covers them; an allowance has to spell them out.
 */
const GIVES_CREDENTIALS = new Set(
  [
    "ecr:GetAuthorizationToken",
    "sagemaker:CreateHubContentPresignedUrls",
    "sagemaker:CreatePartnerAppPresignedUrl",
    "sagemaker:CreatePresignedDomainUrl",
    "sagemaker:CreatePresignedMlflowAppUrl",
    "sagemaker:CreatePresignedMlflowTrackingServerUrl",
    "sagemaker:CreatePresignedNotebookInstanceUrl",
    "sagemaker:StartSession",
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:AssumeRoot",
    "sts:GetDelegatedAccessToken",
    "sts:GetFederationToken",
    "sts:GetSessionToken",
    "sts:GetWebIdentityToken",
  ].map((action) => action.toLowerCase()),
);

/** @throws Refusal `AccessDeniedException` that names the first action which no allowance covers. */
export function checkAllowed(
  client: string,
  allow: readonly Allowance[],
  region: string,
  { actions, resource }: Pick<ServiceCall, "actions" | "resource">,
): void {
  for (const action of actions) {
    if (!allow.some((allowance) => covers(allowance, region, action, resource))) {
      const on = resource === undefined ? "" : ` on ${resource.slice(0, 256)}`;
      throw denied(`The proxy does not allow ${client} to perform ${action}${on} in ${region}.`);
    }
  }
  if (actions.length === 0) throw denied("The request names no action.");
}

function covers(
  { actions, regions, resources }: Allowance,
  region: string,
  action: string,
  resource: string | undefined,
): boolean {
  // IAM compares actions without regard to case, and everything else with it.
  const lower = action.toLowerCase();
  const named = GIVES_CREDENTIALS.has(lower)
    ? actions.some((pattern) => pattern.toLowerCase() === lower)
    : actions.some((pattern) => matches(pattern.toLowerCase(), lower));
  return (
    named &&
    (regions === undefined || regions.includes(region)) &&
    (resources === undefined || (resource !== undefined && resources.some((pattern) => matches(pattern, resource))))
  );
}
