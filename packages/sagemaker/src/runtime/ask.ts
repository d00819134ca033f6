import type { Client } from "../core/client.ts";
import type { PlatformAnswer, Targets } from "../platform/contract.ts";
import { encodeBody, type InvokeBody, maxInvokeBytes } from "./body.ts";
import { checkEndpointName } from "./endpoint-name.ts";
import { type CallRules, checkCall } from "./header-rule.ts";
import type { InvokeOptions } from "./invoke-options.ts";

/** A checked invocation, ready to be sent. */
export interface Question {
  readonly signal: AbortSignal | undefined;
  /** @throws SageMakerError `CLOSED`, at once: its callers are asynchronous, and one promise less is made. */
  readonly send: () => Promise<PlatformAnswer>;
}

/** Checks an invocation. */
export type Ask = (endpointName: string, body: InvokeBody, options: InvokeOptions | undefined) => Question;

/** Makes the targets of one operation of the runtime. The name is checked when its target is made. */
export function createTargets({ platform, service }: Client, path: string, action: string): Targets {
  const runtime = service("sagemaker-runtime");
  return platform.keep((endpointName, contentType) => ({
    service: runtime,
    action,
    input: { EndpointName: endpointName },
    send: platform.prepare({
      method: "POST",
      url: `${runtime.url}/endpoints/${checkEndpointName(endpointName)}/${path}`,
      headers: { "content-type": contentType },
    }),
  }));
}

/** Makes the part that `invoke` and `invokeStream` share: the checks of one operation, and how it is sent. */
export type AskOf = (path: string, rules: CallRules<InvokeOptions>, streamed: boolean) => Ask;

/** Invocations that a client sends. */
export function askOf(client: Client): AskOf {
  return (path, rules, streamed) => {
    const action = streamed ? "InvokeEndpointWithResponseStream" : "InvokeEndpoint";
    const targetOf = createTargets(client, path, action);
    return (endpointName, body, options) => {
      client.open();
      // The SDK takes one object here: then the name is the mistake, not the body.
      if (typeof endpointName !== "string") checkEndpointName(endpointName);
      const { given, headers } = checkCall(options, rules);
      const { data, contentType } = encodeBody(body, maxInvokeBytes);
      const target = targetOf(endpointName, given.contentType ?? contentType);
      const call = { body: data, headers, streamed, options: given };
      return {
        signal: given.signal,
        send() {
          // A stream is sent on its first read, when the client may be closed.
          client.open();
          return client.exchange(target, "answered", call);
        },
      };
    };
  };
}
