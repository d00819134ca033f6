import type { Progress } from "../sagemaker/progress.ts";
import type { Objects } from "../s3/objects.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Answer } from "../wire/protocol.ts";
import { headerOf, type ReceivedRequest } from "../wire/received-request.ts";
import { type Call, callerOf } from "../world.ts";
import { bytesOf, type Invocation, type ModelReply } from "./endpoint.ts";

/** What `InvokeEndpointAsync` takes without a detour through S3. */
const maxInlineBytes = 128_000;

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html */
export function acceptedAnswer(
  { objects, progress }: { readonly objects: Objects; readonly progress: Progress },
  reply: ModelReply,
  received: Invocation,
  call: Call,
): Answer {
  const bucket = `sagemaker-${call.region}-${callerOf(call).accountId}`;
  const id = call.world.ids.uuid();
  const { headers } = received;
  const extension = headers["x-amzn-sagemaker-s3outputpathextension"];
  const file = headers["x-amzn-sagemaker-filename"] ?? `${id}.out`;
  const output = ["async-endpoint-outputs", ...(extension === undefined ? [] : [extension]), file].join("/");
  const failure = `async-endpoint-failures/${id}-error.out`;
  const now = call.world.clock.now();
  const { modelError: failed } = reply;
  objects.put(bucket, failed === undefined ? output : failure, {
    body: Buffer.from(failed === undefined ? bytesOf(reply.body) : failed.message),
    contentType: failed === undefined ? (reply.contentType ?? "application/json") : "text/plain",
    modifiedAt: now,
    // The model has answered already; the caller finds the answer at once, or when the clock has moved on.
    ...(progress === "manual" ? {} : { from: now + progress.afterMs }),
  });
  return {
    status: 202,
    headers: {
      "content-type": "application/json",
      "x-amzn-sagemaker-outputlocation": `s3://${bucket}/${output}`,
      "x-amzn-sagemaker-failurelocation": `s3://${bucket}/${failure}`,
    },
    body: JSON.stringify({ InferenceId: headers["x-amzn-sagemaker-inference-id"] ?? id }),
  };
}

/** The body that the model gets: the request's, or the object that the request names. Undefined: S3 has no such object. */
export function asyncBody(objects: Objects, request: ReceivedRequest): Uint8Array | undefined {
  checkAsyncInput(request);
  const location = headerOf(request, "x-amzn-sagemaker-inputlocation");
  return location === undefined ? request.body : objects.at(location)?.body;
}

/** The endpoint accepts the request and finds out later that there is no input, so the failure is in S3. */
export const missingInput: ModelReply = {
  modelError: { status: 404, message: "Unable to read InputLocation: the object does not exist." },
};

/** The input is in S3 or in the body, and never in both. */
function checkAsyncInput(request: ReceivedRequest): void {
  const { body } = request;
  const inputLocation = headerOf(request, "x-amzn-sagemaker-inputlocation");
  if ((inputLocation === undefined) === (body.length === 0)) {
    throw new AwsError("ValidationError", "Exactly one of Body and InputLocation must be provided.");
  }
  if (body.length > maxInlineBytes) {
    throw new AwsError("ValidationError", `Body must have length less than or equal to ${maxInlineBytes} bytes.`);
  }
}
