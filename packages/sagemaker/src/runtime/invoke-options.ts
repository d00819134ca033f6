import type { CallOptions } from "../core/call-options.ts";
import { type HeaderRules, headerRules, type ReadOption, resourceName, textHeader } from "./header-rule.ts";

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
const resource = textHeader(63, resourceName);
const accept = textHeader(1024);

/** Readers that other operations share. */
export const customAttributes: ReadOption = textHeader(1024);
export const inferenceId: ReadOption = textHeader(64, printable);
export const targetVariant: ReadOption = resource;

/**
 * InvokeEndpointWithResponseStream: `accept` has a name of its own, because the answer is always an event stream.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
 */
export const invokeStreamHeaders: HeaderRules = headerRules({
  targetVariant,
  targetContainerHostname: resource,
  inferenceComponent: resource,
  inferenceId,
  sessionId: textHeader(256, sessionId),
  prefixAwareId: textHeader(256, printable),
  customAttributes,
  accept,
});

/** InvokeEndpoint: here `accept` is HTTP's own header. */
export const invokeHeaders: HeaderRules = new Map([
  ...invokeStreamHeaders,
  ...headerRules({ targetModel: textHeader(1024, printable), enableExplanations: textHeader(64, /./) }),
  ["accept", ["accept", accept]],
]);
