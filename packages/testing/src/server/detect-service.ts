import type { Service, ServiceName } from "../service.ts";
import { AwsError } from "../wire/aws-error.ts";
import { headerOf, type ReceivedHead } from "../wire/received-request.ts";

/**
 * The service of a request to the combined URL: by target, by path, by the signed scope, and last by its form, because
 * STS accepts some requests unsigned.
 */
export function detectService(head: ReceivedHead, services: readonly Service[]): Service {
  const name = nameOf(head);
  const found = services.find((service) => service.name === name);
  if (found === undefined) {
    throw new AwsError("UnknownOperationException", "The request is for none of the services of the local AWS.", {
      status: 404,
    });
  }
  return found;
}

/** Services that the first part of a path names. */
const byPath: Readonly<Record<string, ServiceName>> = {
  FeatureGroup: "featurestore-runtime",
  BatchGetRecord: "featurestore-runtime",
  BatchWriteRecord: "featurestore-runtime",
  BatchPutMetrics: "metrics",
  BatchGetMetrics: "metrics",
  GetDeployments: "edge",
  GetDeviceRegistration: "edge",
  SendHeartbeat: "edge",
  "human-loops": "a2i",
  client: "sso",
  device_authorization: "sso",
  token: "sso",
  federation: "sso",
  assignment: "sso",
  logout: "sso",
  sessions: "rolesanywhere",
};

function nameOf(head: ReceivedHead): ServiceName | undefined {
  // By scope first: a bucket may have the name of another service's path.
  if (signedService(head) === "s3") return "s3";
  const target = headerOf(head, "x-amz-target") ?? "";
  if (target.startsWith("SageMaker.")) return "sagemaker";
  if (target.startsWith("AmazonEC2ContainerRegistry_")) return "ecr";
  if (head.url.pathname.startsWith("/endpoints/")) {
    return head.url.pathname.endsWith("/invocations-bidirectional-stream") ? "runtime-http2" : "runtime";
  }
  const [, first = ""] = head.url.pathname.split("/");
  if (Object.hasOwn(byPath, first)) return byPath[first];
  const scope = signedService(head);
  if (scope === "ec2" || scope === "sts") return scope;
  if (scope === "sagemaker") return "sagemaker";
  if (scope === "ecr") return "ecr";
  const form = headerOf(head, "content-type")?.startsWith("application/x-www-form-urlencoded") === true;
  return form || head.url.searchParams.has("Action") ? "sts" : undefined;
}

function signedService(head: ReceivedHead): string | undefined {
  const credential =
    /Credential=([^,\s]+)/.exec(headerOf(head, "authorization") ?? "")?.[1] ??
    head.url.searchParams.get("X-Amz-Credential") ??
    "";
  return credential.split("/")[3];
}
