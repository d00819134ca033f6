import { type Fetch, createSignedFetch } from "@countersign/fetch";
import type { Credentials } from "@countersign/signer";
import { resolveEndpoint } from "@countersign/signer/endpoints";
import { callable, checkOptions, nested, optional } from "@countersign/signer/options";
import { credentialsShape, endpointShape, regionShape } from "../aws-options.ts";
import { refuseOption } from "../error.ts";
import type { FactSource, ModelFacts } from "../facts.ts";
import { parseJson } from "../call/json.ts";
import { member } from "../evaluate/pointer.ts";
import { readSubnets } from "./subnets-answer.ts";

/** Options of `awsFacts`. */
export interface AwsFactsOptions {
  /** The Region of the models and subnets, such as `eu-west-1`. */
  readonly region: string;
  /** They need `sagemaker:DescribeModel` and `ec2:DescribeSubnets`. */
  readonly credentials: Credentials;
  /** Sends the signed requests. Default: the platform's `fetch`. */
  readonly fetch?: Fetch | undefined;
  /** Where the services are, such as VPC endpoints. Default: their public endpoints of the region. */
  readonly endpoints?: { readonly sagemaker?: string | URL; readonly ec2?: string | URL } | undefined;
}

/**
 * Looks up models and subnets in AWS, with signed requests. A look-up that fails leaves its fact unknown.
 *
 * @throws GuardError `INVALID_OPTION` for a missing Region or credentials and for unknown options.
 * @example
 * const guard = createGuard({ posture: "private", facts: awsFacts({ region: "eu-west-1", credentials }) });
 */
export function awsFacts(options: AwsFactsOptions): FactSource {
  const { region, endpoints, credentials, fetch } = checkOptions<AwsFactsOptions>(
    options,
    {
      region: regionShape,
      credentials: credentialsShape,
      fetch: optional(callable),
      endpoints: optional(
        nested<NonNullable<AwsFactsOptions["endpoints"]>>({
          sagemaker: optional(endpointShape),
          ec2: optional(endpointShape),
        }),
      ),
    },
    refuseOption,
  );
  const sagemaker = service("sagemaker", endpoints?.sagemaker);
  const ec2 = service("ec2", endpoints?.ec2);

  return {
    async model(name, signal) {
      const response = await sagemaker.send(sagemaker.url, {
        method: "POST",
        headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "SageMaker.DescribeModel" },
        body: JSON.stringify({ ModelName: name }),
        ...(signal === undefined ? {} : { signal }),
      });
      const answer = parseJson(await response.text())?.value;
      if (!response.ok || member(answer, "ModelName") === undefined) return undefined;
      return answer as ModelFacts;
    },
    async subnets(ids, signal) {
      const url = new URL(ec2.url);
      url.searchParams.set("Action", "DescribeSubnets");
      for (const [index, id] of ids.entries()) url.searchParams.set(`SubnetId.${index + 1}`, id);
      url.searchParams.set("Version", "2016-11-15");
      const response = await ec2.send(url, signal === undefined ? {} : { signal });
      return response.ok ? readSubnets(await response.text()) : {};
    },
  };

  function service(
    name: "sagemaker" | "ec2",
    endpoint: string | URL | undefined,
  ): { readonly url: URL; readonly send: Fetch } {
    const url = new URL(endpoint ?? resolveEndpoint({ service: name, region }).url);
    const base = { region, service: name, credentials, allowedHosts: [url.host] };
    return { url, send: createSignedFetch(fetch === undefined ? base : { ...base, fetch }) };
  }
}
