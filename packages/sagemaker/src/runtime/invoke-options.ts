import { words } from "@countersign/signer";
import { optional, type Shape } from "@countersign/signer/options";
import type { CallOptions } from "../core/call-options.ts";
import { type CallRules, callRules, type ReadOption, resourceName, textHeader } from "./header-rule.ts";

/** Options of `invoke` and `invokeStream`. */
export interface InvokeOptions extends CallOptions {
  /** Default: `application/json` for objects and arrays, else `application/octet-stream`. */
  readonly contentType?: string | undefined;
  /** The content type wanted back. Default: the model's choice. */
  readonly accept?: string | undefined;
  /** The production variant that answers. Default: one drawn by weight. */
  readonly targetVariant?: string | undefined;
  /** The model of a multi-model endpoint: its path below the endpoint's S3 prefix. */
  readonly targetModel?: string | undefined;
  /** The container of a multi-container endpoint. */
  readonly targetContainerHostname?: string | undefined;
  /** The inference component that answers. */
  readonly inferenceComponent?: string | undefined;
  /** Your own id; data capture records it. */
  readonly inferenceId?: string | undefined;
  /** A stateful session: `NEW_SESSION`, or the id of one. */
  readonly sessionId?: string | undefined;
  /** Keeps requests with the same prefix and id on one instance, when the endpoint routes by prefix. */
  readonly prefixAwareId?: string | undefined;
  /** Passed to the container unchanged: up to 1024 characters of visible ASCII. */
  readonly customAttributes?: string | undefined;
  /** A JMESPath expression that overrides the endpoint's explainer setting. */
  readonly enableExplanations?: string | undefined;
}

// Patterns and lengths: the request parameters of
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
const printable = /^\S/;
const sessionId = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$|^NEW_SESSION$/;
const resource = textHeader(63, resourceName);

/** The readers that several operations share. */
export const mediaType: ReadOption = textHeader(1024, /\S/);
export const customAttributes: ReadOption = textHeader(1024);
export const inferenceId: ReadOption = textHeader(64, printable);
export const targetVariant: ReadOption = resource;

const asked: CallRules<InvokeOptions> = callRules({
  targetVariant,
  targetContainerHostname: resource,
  inferenceComponent: resource,
  inferenceId,
  sessionId: textHeader(256, sessionId),
  prefixAwareId: textHeader(256, printable),
  customAttributes,
  accept: textHeader(1024),
});
const contentType = optional(mediaType);
/** The type allows these options, this operation does not. Without words the message of an unknown name is the same. */
const unsupported: Shape = (value, field, refuse) =>
  value === undefined ? value : refuse(`${field}: is not an option of invokeStream`, field);
const refused = words ? { targetModel: unsupported, enableExplanations: unsupported } : {};

/**
 * InvokeEndpointWithResponseStream. `accept` has a header of its own, because the answer is always an event stream.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
 */
export const invokeStreamRules: CallRules<InvokeOptions> = {
  shapes: { ...asked.shapes, contentType, ...refused },
  headers: asked.headers,
};

const withModel: CallRules<InvokeOptions> = callRules(
  { targetModel: textHeader(1024, printable), enableExplanations: textHeader(64, /./) },
  invokeStreamRules,
);

/** InvokeEndpoint. `accept` is HTTP's own header. */
export const invokeRules: CallRules<InvokeOptions> = {
  shapes: withModel.shapes,
  headers: { ...withModel.headers, accept: "accept" },
};
