import { encodeBody, type InvokeBody, maxInvokeBytes } from "./body.ts";
import type { Client } from "../core/client.ts";
import { checkEndpointName } from "./endpoint-name.ts";
import { headersOf, type HeaderRules, textHeader } from "./header-rule.ts";
import type { InvokeOptions } from "./invoke-options.ts";
import type { PlatformAnswer, Targets } from "../platform/contract.ts";

/** Checks what a model is asked, and answers with what asks it. */
export type Ask = (
  endpointName: string,
  body: InvokeBody,
  options: InvokeOptions | undefined,
) => () => Promise<PlatformAnswer>;

const readContentType = textHeader(1024, /\S/);

/** Makes the targets of one operation of the runtime. A name or content type is checked when its target is made. */
export function createTargets({ platform, service }: Client, path: string, action: string): Targets {
  const runtime = service("sagemaker-runtime");
  return platform.keep((endpointName, contentType) => ({
    service: runtime,
    action,
    input: { EndpointName: endpointName },
    send: platform.prepare({
      method: "POST",
      url: `${runtime.url}/endpoints/${checkEndpointName(endpointName)}/${path}`,
      headers: { "content-type": readContentType("contentType", contentType) },
    }),
  }));
}

/** Makes what `invoke` and `invokeStream` have in common. */
export function createAsk(client: Client, path: string, action: string, rules: HeaderRules, streamed: boolean): Ask {
  const targetOf = createTargets(client, path, action);
  return (endpointName, body, options) => {
    client.open();
    const { data, contentType } = encodeBody(body, maxInvokeBytes);
    const target = targetOf(endpointName, options?.contentType ?? contentType);
    const headers = options && headersOf(options, rules);
    return () => client.exchange(target, "answered", { body: data, headers, streamed, options });
  };
}
