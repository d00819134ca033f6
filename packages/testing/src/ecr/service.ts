import { denied } from "../iam/authorise.ts";
import type { Service } from "../service.ts";
import { table } from "../table.ts";
import { AwsError } from "../wire/aws-error.ts";
import { readJson, targetOperation } from "../wire/json-body.ts";
import { json11 } from "../wire/protocol.ts";
import { type Call, callerOf } from "../world.ts";
import type { ImageRegistry } from "./image.ts";
import { describeImages, describeImageScanFindings, type Input, registryOf, startImageScan } from "./operate.ts";

const prefix = "AmazonEC2ContainerRegistry_V20150921";

const operations = table<(images: ImageRegistry, input: Input, call: Call) => unknown>({
  DescribeImages: describeImages,
  DescribeImageScanFindings: describeImageScanFindings,
  StartImageScan: startImageScan,
});

export const ecrOperations: readonly string[] = Object.keys(operations);

/**
 * The operations of Amazon ECR that an image gate calls:
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/Welcome.html
 */
export function ecr(images: ImageRegistry): Service {
  return {
    name: "ecr",
    signingName: "ecr",
    protocol: json11,
    body: "buffered",
    operationOf: (head) => targetOperation(head, prefix),
    route(request) {
      const name = targetOperation(request, prefix);
      const run = operations[name ?? ""];
      if (request.method !== "POST" || name === undefined || run === undefined) {
        throw new AwsError("UnknownOperationException", `The local ECR does not serve ${name ?? "this request"}.`);
      }
      const input = readJson(request);
      const permission = (call: Call): { readonly action: string; readonly resource: string } => ({
        action: `ecr:${name}`,
        resource: `arn:aws:ecr:${call.region}:${registryOf(input, call)}:repository/${String(input["repositoryName"])}`,
      });
      return {
        name,
        input,
        authentication: "signed",
        permission,
        run(call) {
          const caller = callerOf(call);
          if (registryOf(input, call) !== caller.accountId) {
            // Repositories here have no policies, so other accounts get no access.
            throw denied(caller, permission(call), `because no resource-based policy allows the ecr:${name} action`);
          }
          return run(images, input, call);
        },
      };
    },
  };
}
