import type { Service } from "../service.ts";
import { AwsError } from "../wire/aws-error.ts";
import { readJson, targetOperation } from "../wire/json-body.ts";
import { json11 } from "../wire/protocol.ts";
import type { Call } from "../world.ts";
import type { Permission } from "../iam/authorise.ts";
import type { PolicyContext } from "../iam/condition.ts";
import type { Input } from "../model/validate.ts";
import { conditionKeys } from "./condition-keys.ts";
import { type ControlPlane, type ControlState, scopeOf } from "./control-plane.ts";
import { operate } from "./operate.ts";
import { readKinds } from "./resource-kind.ts";
import { subjectOf, targetArn } from "./subject.ts";

const prefix = "SageMaker";

/** SageMaker's control plane: https://docs.aws.amazon.com/sagemaker/latest/APIReference/Welcome.html */
export function sagemaker(load: () => Promise<ControlPlane>): Service {
  let plane: ControlPlane | undefined;
  return {
    name: "sagemaker",
    signingName: "sagemaker",
    protocol: json11,
    body: "buffered",
    async load() {
      plane ??= await load();
    },
    operationOf: (head) => targetOperation(head, prefix),
    route(request) {
      const name = targetOperation(request, prefix) ?? "";
      if (plane === undefined) throw new Error("load() comes before route().");
      const loaded = plane;
      if (request.method !== "POST" || !loaded.model.operations.has(name)) {
        throw new AwsError(
          "UnknownOperationException",
          `SageMaker has no operation ${name === "" ? "in this request; X-Amz-Target names one, in application/x-amz-json-1.1" : name}.`,
        );
      }
      const input = readJson(request);
      return {
        name,
        input,
        authentication: "signed",
        permission: (call) => permissionOf(loaded, name, input, call),
        run: (call) => operate(loaded, name, input, call),
      };
    },
  };
}

/** The control plane, which is loaded when it is first needed. */
export interface PlaneLoader {
  load(): Promise<ControlPlane>;
  /** Undefined until the first use. */
  loaded(): ControlPlane | undefined;
}

/** The model is read at the first request to the control plane: most tests never send one. */
export function planeLoader(state: ControlState): PlaneLoader {
  let loading: Promise<ControlPlane> | undefined;
  let plane: ControlPlane | undefined;
  const load = async (): Promise<ControlPlane> => {
    const { readModel } = await import("../model/model.ts");
    const model = readModel("sagemaker");
    plane = { ...state, model, kinds: readKinds(model) };
    return plane;
  };
  return { load: () => (loading ??= load()), loaded: () => plane };
}

function permissionOf(plane: ControlPlane, name: string, input: Input, call: Call): Permission {
  const subject = subjectOf(plane, name);
  const tagged = input["ResourceArn"];
  const resource =
    subject !== undefined
      ? targetArn(subject, input, scopeOf(call))
      : name.endsWith("Tags") && typeof tagged === "string"
        ? tagged
        : "*";
  return {
    action: `sagemaker:${name}`,
    resource,
    context: { ...conditionKeys(name, input), ...resourceTags(plane, resource) },
  };
}

/** The tags of the resource that a request acts on, as `aws:ResourceTag/…` and `sagemaker:ResourceTag/…`. */
function resourceTags(plane: ControlPlane, arn: string): PolicyContext {
  return Object.fromEntries(
    [...(plane.tags.get(arn) ?? [])].flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`sagemaker:ResourceTag/${key}`, value],
    ]),
  );
}
