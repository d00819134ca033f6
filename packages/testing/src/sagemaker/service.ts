import type { Service } from "../service.ts";
import { AwsError } from "../wire/aws-error.ts";
import { readJson, targetOperation } from "../wire/json-body.ts";
import { json11 } from "../wire/protocol.ts";
import { conditionKeys } from "./condition-keys.ts";
import { createPresignedUrl, presignedUrlNoun } from "./presigned-url.ts";
import { type ControlPlane, controlOperation, resourceArn } from "./control-operation.ts";
import { operate } from "./operate.ts";

const prefix = "SageMaker";

/** SageMaker's control plane: https://docs.aws.amazon.com/sagemaker/latest/APIReference/Welcome.html */
export function sagemaker(plane: ControlPlane): Service {
  return {
    name: "sagemaker",
    signingName: "sagemaker",
    protocol: json11,
    body: "buffered",
    operationOf: (head) => targetOperation(head, prefix),
    route(request) {
      const name = targetOperation(request, prefix);
      const opened = name === undefined ? undefined : presignedUrlNoun(name);
      const operation = controlOperation(opened === undefined ? (name ?? "") : `Describe${opened}`);
      if (request.method !== "POST" || name === undefined || operation === undefined) {
        throw new AwsError(
          "UnknownOperationException",
          `The local SageMaker does not serve ${name ?? "this request"}.`,
        );
      }
      const input = readJson(request);
      return {
        name,
        input,
        authentication: "signed",
        permission: (call) => ({
          action: `sagemaker:${name}`,
          resource: resourceArn(operation, input, call),
          context: conditionKeys(name, input),
        }),
        run: (call) =>
          opened === undefined ? operate(plane, operation, input, call) : createPresignedUrl(plane, name, input, call),
      };
    },
  };
}
