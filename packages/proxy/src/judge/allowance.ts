import { wildcard } from "@countersign/guard";
import { denied } from "../refusal.ts";
import type { ServiceCall } from "./call.ts";

const anyCase = (word: string): string => word.replaceAll(/[a-z]/gu, (letter) => `[${letter}${letter.toUpperCase()}]`);

/** The actions that an allowance can name. IAM compares them without regard to case, and a JSON Schema has no flag for it. */
export const ACTION_PATTERN: string = `^(?:${["sagemaker", "sts", "s3", "ecr"].map(anyCase).join("|")}):[\\w*?]{1,128}$`;

/** What a client may do. A request is allowed when one allowance covers its Region, every action and its resource. */
export interface Allowance {
  /** As IAM names them, with `*` and `?`: `sagemaker:InvokeEndpoint*`. */
  readonly actions: readonly string[];
  /** Default: any Region. */
  readonly regions?: readonly string[] | undefined;
  /**
   * The part of the resource's ARN after the account, with `*` and `?`: `endpoint/churn-*`, for S3 `bucket/prefix/*`. An
   * invocation of one inference component needs `inference-component/NAME` too, as with IAM.
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

/** Checks one call of a client. @throws Refusal `AccessDeniedException` that names the first action not covered. */
export type CheckAllowed = (region: string, call: Pick<ServiceCall, "actions" | "resource" | "further">) => void;

/** Makes the check of a client's allowances: their patterns are read once. */
export function createCheckAllowed(client: string, allow: readonly Allowance[]): CheckAllowed {
  const covering = allow.map(coverage);
  function check(region: string, action: string, resource: string | undefined): void {
    if (covering.some((covers) => covers(region, action, resource))) return;
    const on = resource === undefined ? "" : ` on ${resource.slice(0, 256)}`;
    throw denied(`The proxy does not allow ${client} to perform ${action}${on} in ${region}.`);
  }
  return function checkAllowed(region, { actions, resource, further = [] }) {
    for (const action of actions) {
      check(region, action, resource);
      for (const one of further) check(region, action, one);
    }
    if (actions.length === 0) throw denied("The request names no action.");
  };
}

type Coverage = (region: string, action: string, resource: string | undefined) => boolean;

function coverage({ actions, regions, resources }: Allowance): Coverage {
  // IAM compares actions without regard to case, and everything else with it.
  const spelt = new Set(actions.map((pattern) => pattern.toLowerCase()));
  const named = [...spelt].map((pattern) => wildcard(pattern));
  const within = resources?.map((pattern) => wildcard(pattern));
  return (region, action, resource) => {
    const lower = action.toLowerCase();
    return (
      (GIVES_CREDENTIALS.has(lower) ? spelt.has(lower) : named.some((matches) => matches(lower))) &&
      (regions === undefined || regions.includes(region)) &&
      (within === undefined || (resource !== undefined && within.some((matches) => matches(resource))))
    );
  };
}
