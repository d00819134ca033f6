import { repeatOf } from "@countersign/fetch/attempts";
import { checkOptions } from "@countersign/signer/options";
import type { Client } from "../core/client.ts";
import { SageMakerError } from "../core/error.ts";
import { refuseOption } from "../core/refuse-option.ts";
import { type CallOptions, callShapes } from "../core/call-options.ts";
import type { OperationInput, OperationName, OperationOutput } from "./operation.ts";
import type { Send } from "../platform/contract.ts";
import { requestIdOf } from "../core/service-error.ts";
import { textOf } from "../core/text.ts";
import { fromWireJson, toWireJson } from "./wire-json.ts";

/**
 * Calls an operation of the control plane by its name, also an operation that is newer than this version.
 *
 * Input and output have the form of AWS SDK v3 (timestamps are `Date`s), and its types when `@aws-sdk/client-sagemaker`
 * is installed. The guard checks exactly the bytes that are sent. Operations that only read are sent again after 5xx and
 * lost connections; others are sent again only after throttling.
 *
 * @throws SageMakerError AWS's code, or `INVALID_OPERATION`, `INVALID_INPUT`, `INVALID_OPTION`, `INVALID_RESPONSE`,
 * `TIMEOUT`, `CLOSED`; GuardError when the guard refuses the call: then nothing was signed.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Service.html
 * @example
 * const { EndpointStatus } = await sagemaker.call("DescribeEndpoint", { EndpointName: "churn" });
 */
export interface Call {
  <Operation extends OperationName>(
    operation: Operation,
    input: OperationInput<Operation>,
    options?: CallOptions,
  ): Promise<OperationOutput<Operation>>;
  /** Calls an operation that the installed types do not have. */
  <Operation extends string>(
    operation: Operation extends OperationName ? never : Operation,
    input: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Promise<Record<string, unknown>>;
}

const operationName = /^[A-Z][A-Za-z0-9]{1,127}$/;

/** Makes `call`. */
export function createCall(client: Client): Call {
  let send: Send | undefined;
  return call as Call;

  async function call(operation: string, input: object, options?: CallOptions): Promise<unknown> {
    client.open();
    if (typeof operation !== "string" || !operationName.test(operation)) {
      throw new SageMakerError("INVALID_OPERATION", "operation: must be a name such as DescribeEndpoint");
    }
    const given = options === undefined ? noOptions : checkOptions(options, callShapes, refuseOption);
    const body = encodeInput(input);
    const service = client.service("sagemaker");
    const url = `${service.url}/`;
    const headers = { "x-amz-target": `SageMaker.${operation}` };
    send ??= client.platform.prepare({
      method: "POST",
      url,
      headers: { "content-type": "application/x-amz-json-1.1" },
    });
    // The guard gets a copy made from the sent bytes: the caller may change `input` while the guard looks up facts.
    const judged: unknown = client.guard === undefined ? undefined : JSON.parse(body);
    const target = { service, action: operation, input: judged, send };
    const header = (name: string): string | undefined =>
      name === "x-amz-target" ? headers["x-amz-target"] : undefined;
    const repeat = repeatOf({ method: "POST", url: new URL(url), header });
    const answer = await client.exchange(target, repeat, { body, headers, streamed: false, options: given });
    client.guard?.remember(operation, judged);
    const text = textOf(answer.bytes);
    try {
      const output = text === "" ? {} : fromWireJson(text);
      if (Object.prototype.toString.call(output) === "[object Object]") return output;
      throw new TypeError("not an object");
    } catch {
      const requestId = requestIdOf(answer.header);
      throw new SageMakerError("INVALID_RESPONSE", `the answer to ${operation} is not a JSON object`, { requestId });
    }
  }
}

const noOptions: CallOptions = Object.freeze(Object.create(null) as CallOptions);

function encodeInput(input: unknown): string {
  // JSON would write a Map, a Set or a Promise as "{}".
  const tag = Object.prototype.toString.call(input);
  if (tag !== "[object Object]") throw notAnObject();
  let json: string | undefined;
  try {
    json = toWireJson(input);
  } catch (cause) {
    if (cause instanceof SageMakerError) throw cause;
    throw new SageMakerError("INVALID_INPUT", "input: must be an object that JSON can hold", { cause });
  }
  if (json === undefined || !json.startsWith("{")) {
    throw notAnObject();
  }
  return json;
}

function notAnObject(): SageMakerError {
  return new SageMakerError("INVALID_INPUT", "input: must be a plain object; pass {} if the operation takes none");
}
