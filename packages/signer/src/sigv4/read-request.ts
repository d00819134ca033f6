import { requestFields } from "#platform/request-fields";
import { unknownName, words } from "#words";
import { refuse } from "../errors/refuse.ts";
import type { SignableRequest } from "./request.ts";

// Fields of a signed request, accepted so that it can be signed again.
const names: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "method",
  "url",
  "headers",
  "body",
  "payload",
  "accessKeyId",
  "signature",
]);

/** A request whose URL is text. */
export type ReadRequest = SignableRequest & { readonly url: string };

/**
 * Copies a request, each field read once and none from a polluted `Object.prototype`: `checkOptions` for the hot path.
 *
 * @throws SignerError `INVALID_OPTION` for anything else than an object, and for unknown names.
 */
export function readRequest(request: SignableRequest): ReadRequest {
  if (typeof request !== "object" || request === null) {
    refuse("INVALID_OPTION", words ? "request: must be an object such as { method, url, headers, body }" : "request");
  }
  for (const name in request) {
    if (!names.has(name) && Object.hasOwn(request, name)) {
      refuse(
        "INVALID_OPTION",
        words ? `request.${name}: ${unknownName(name, [...names].slice(0, 5))}` : `request.${name}`,
      );
    }
  }
  return requestFields(request);
}
