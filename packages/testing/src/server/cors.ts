import type { Answer } from "../wire/protocol.ts";
import { headerOf, type ReceivedHead } from "../wire/received-request.ts";

/** Which pages may call: `any`, or exact origins such as `https://app.example`. */
export type Cors = "any" | readonly string[];

/** The answer to a preflight of an allowed page; undefined for every other request (https://fetch.spec.whatwg.org/#http-cors-protocol). */
export function preflight(cors: Cors | undefined, head: ReceivedHead): Answer | undefined {
  const method = headerOf(head, "access-control-request-method");
  if (head.method !== "OPTIONS" || method === undefined || allowedOrigin(cors, head) === undefined) return undefined;
  return {
    status: 204,
    headers: {
      ...corsHeaders(cors, head),
      "access-control-allow-methods": method,
      "access-control-allow-headers": headerOf(head, "access-control-request-headers") ?? "",
      "access-control-max-age": "60",
    },
    body: "",
  };
}

/** The headers of every answer to an allowed page. */
export function corsHeaders(cors: Cors | undefined, head: ReceivedHead): Record<string, string> {
  const origin = allowedOrigin(cors, head);
  if (origin === undefined) return {};
  return { "access-control-allow-origin": origin, "access-control-expose-headers": "*", vary: "Origin" };
}

function allowedOrigin(cors: Cors | undefined, head: ReceivedHead): string | undefined {
  const origin = headerOf(head, "origin");
  if (origin === undefined || cors === undefined) return undefined;
  return cors === "any" || cors.includes(origin) ? origin : undefined;
}
