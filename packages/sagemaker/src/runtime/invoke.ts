import { words } from "@countersign/signer";
import type { AskOf } from "./ask.ts";
import type { InvokeBody } from "./body.ts";
import { SageMakerError } from "../core/error.ts";
import { invokeRules, type InvokeOptions } from "./invoke-options.ts";
import type { PlatformAnswer } from "../platform/contract.ts";
import { requestIdOf } from "../core/service-error.ts";
import { excerpt, textOf } from "../core/text.ts";

/** A model's answer. */
export interface InvokeResult {
  readonly body: Uint8Array;
  /** The body as UTF-8 text. */
  text(): string;
  /** The body as JSON. @throws SageMakerError `INVALID_JSON`. */
  json(): unknown;
  /** Empty when the model names none. */
  readonly contentType: string;
  readonly invokedProductionVariant: string | undefined;
  readonly customAttributes: string | undefined;
  /** The id of a session that this answer opened, and its expiry. */
  readonly newSessionId: string | undefined;
  readonly closedSessionId: string | undefined;
  /** AWS's request id. Empty when a proxy removed it. */
  readonly requestId: string;
}

/** Invokes a model. */
export type Invoke = (endpointName: string, body: InvokeBody, options?: InvokeOptions) => Promise<InvokeResult>;

/** Makes `invoke`. */
export function createInvoke(askOf: AskOf): Invoke {
  const ask = askOf("invocations", invokeRules, false);
  return async function invoke(endpointName, body, options) {
    return new InvokeAnswer(await ask(endpointName, body, options).send());
  };
}

/** A whole answer. */
export class InvokeAnswer implements InvokeResult {
  declare readonly body: Uint8Array;
  declare readonly contentType: string;
  declare readonly invokedProductionVariant: string | undefined;
  declare readonly customAttributes: string | undefined;
  declare readonly newSessionId: string | undefined;
  declare readonly closedSessionId: string | undefined;
  declare readonly requestId: string;

  constructor({ bytes, header }: Pick<PlatformAnswer, "bytes" | "header">) {
    this.body = bytes;
    this.contentType = header("content-type") ?? "";
    this.invokedProductionVariant = header("x-amzn-invoked-production-variant");
    this.customAttributes = header("x-amzn-sagemaker-custom-attributes");
    this.newSessionId = header("x-amzn-sagemaker-new-session-id");
    this.closedSessionId = header("x-amzn-sagemaker-closed-session-id");
    this.requestId = requestIdOf(header) ?? "";
  }

  text(): string {
    return textOf(this.body);
  }

  json(): unknown {
    try {
      return JSON.parse(this.text());
    } catch {
      // The cause is dropped: JSON.parse quotes the text, and a model's answer must not reach a log.
      const { contentType, requestId } = this;
      throw new SageMakerError(
        "INVALID_JSON",
        words ? `the answer is not JSON; its content type is ${excerpt(contentType, 100) || "missing"}` : "json",
        { requestId },
      );
    }
  }
}
