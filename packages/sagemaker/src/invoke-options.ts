import type { CallOptions } from "./call-options.ts";
import { type HeaderRule, type HeaderRules, resourceName } from "./header-rule.ts";

/** What may be said besides the body when a model is asked. */
export interface InvokeOptions extends CallOptions {
  /** Default: `application/json` for objects and arrays, else `application/octet-stream`. */
  readonly contentType?: string | undefined;
  /** The content type wanted back. Default: the model's choice. */
  readonly accept?: string | undefined;
  /** The production variant to ask, instead of one drawn by weight. */
  readonly targetVariant?: string | undefined;
  /** The model of a multi-model endpoint: its path below the endpoint's S3 prefix. */
  readonly targetModel?: string | undefined;
  /** The container of a multi-container endpoint. */
  readonly targetContainerHostname?: string | undefined;
  /** The inference component to ask. */
  readonly inferenceComponent?: string | undefined;
  /** Your own id: recorded by data capture; makes retrying an asynchronous invocation safe. */
  readonly inferenceId?: string | undefined;
  /** A stateful session: `NEW_SESSION`, or the id of one. */
  readonly sessionId?: string | undefined;
  /** Keeps requests with the same prefix and id on one instance, when the endpoint routes by prefix. */
  readonly prefixAwareId?: string | undefined;
  /** Handed to the container as it is: up to 1024 characters of visible ASCII. */
  readonly customAttributes?: string | undefined;
  /** A JMESPath expression that overrides the endpoint's explainer setting. */
  readonly enableExplanations?: string | undefined;
}

// Patterns and lengths: the request parameters of
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
const printable = /^\S/;
const sessionId = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$|^NEW_SESSION$/;

/** Rules that other operations share. */
export const customAttributes: HeaderRule = { name: "x-amzn-sagemaker-custom-attributes", max: 1024 };
export const inferenceId: HeaderRule = { name: "x-amzn-sagemaker-inference-id", max: 64, pattern: printable };
export const targetVariant: HeaderRule = { name: "x-amzn-sagemaker-target-variant", max: 63, pattern: resourceName };

/**
 * InvokeEndpointWithResponseStream: `accept` has a name of its own, because the answer is always an event stream.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
 */
export const invokeStreamHeaders: HeaderRules = {
  __proto__: null as never,
  targetVariant,
  targetContainerHostname: { name: "x-amzn-sagemaker-target-container-hostname", max: 63, pattern: resourceName },
  inferenceComponent: { name: "x-amzn-sagemaker-inference-component", max: 63, pattern: resourceName },
  inferenceId,
  sessionId: { name: "x-amzn-sagemaker-session-id", max: 256, pattern: sessionId },
  prefixAwareId: { name: "x-amzn-sagemaker-prefix-aware-id", max: 256, pattern: printable },
  customAttributes,
  accept: { name: "x-amzn-sagemaker-accept", max: 1024 },
};

/** InvokeEndpoint: here `accept` is HTTP's own header. */
export const invokeHeaders: HeaderRules = {
  __proto__: null as never,
  ...invokeStreamHeaders,
  targetModel: { name: "x-amzn-sagemaker-target-model", max: 1024, pattern: printable },
  enableExplanations: { name: "x-amzn-sagemaker-enable-explanations", max: 64, pattern: /./ },
  accept: { name: "accept", max: 1024 },
};
