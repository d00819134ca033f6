import { repeatOf } from "@countersign/fetch/attempts";
import type { Client } from "../core/client.ts";
import { SageMakerError } from "../core/error.ts";
import type { CallOptions } from "../core/call-options.ts";
import type { OperationInput, OperationName, OperationOutput } from "./operation.ts";
import type { Send } from "../platform/contract.ts";
import { requestIdOf } from "../core/service-error.ts";
import { textOf } from "../core/text.ts";
import { fromWireJson, toWireJson } from "./wire-json.ts";

/**
 * Calls an operation of the control plane by its name: every operation there is, also one newer than this version.
 *
 * Input and output are as AWS SDK v3 has them (timestamps are `Date`s), and typed when `@aws-sdk/client-sagemaker` is
 * installed. What the guard judges is exactly what is sent. Operations that only read are sent again after 5xx and
 * lost connections, others after throttling alone.
 *
 * @throws SageMakerError AWS's code, or `INVALID_OPERATION`, `INVALID_INPUT`, `INVALID_RESPONSE`, `TIMEOUT`, `CLOSED`;
 * GuardError when the guard stops the call: nothing was signed then.
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
  /** An operation that the installed types do not know. */
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
      throw new SageMakerError("INVALID_OPERATION", "The operation must be a name such as DescribeEndpoint.");
    }
    const body = encodeInput(input);
    const service = client.service("sagemaker");
    const url = `${service.url}/`;
    const headers = { "x-amz-target": `SageMaker.${operation}` };
    send ??= client.platform.prepare({
      method: "POST",
      url,
      headers: { "content-type": "application/x-amz-json-1.1" },
    });
    // Judged is a copy made of what is sent: whoever holds `input` may change it while the guard looks up facts.
    const judged: unknown = client.guard === undefined ? undefined : JSON.parse(body);
    const target = { service, action: operation, input: judged, send };
    const header = (name: string): string | undefined => headers[name as keyof typeof headers];
    const repeat = repeatOf({ method: "POST", url: new URL(url), header });
    const answer = await client.exchange(target, repeat, { body, headers, streamed: false, options });
    client.guard?.remember(operation, judged);
    const text = textOf(answer.bytes);
    try {
      return text === "" ? {} : fromWireJson(text);
    } catch {
      const requestId = requestIdOf(answer.header);
      throw new SageMakerError("INVALID_RESPONSE", `The answer to ${operation} is not JSON.`, { requestId });
    }
  }
}

function encodeInput(input: unknown): string {
  // A Map, a Set or a Promise would become {} without anybody noticing.
  const tag = Object.prototype.toString.call(input);
  if (tag !== "[object Object]") throw notAnObject();
  let json: string | undefined;
  try {
    json = toWireJson(input);
  } catch (cause) {
    if (cause instanceof SageMakerError) throw cause;
    throw new SageMakerError("INVALID_INPUT", "The input cannot be written as JSON.", { cause });
  }
  if (json === undefined || !json.startsWith("{")) {
    throw notAnObject();
  }
  return json;
}

function notAnObject(): SageMakerError {
  return new SageMakerError("INVALID_INPUT", "The input must be a plain object; pass {} for an operation without any.");
}
