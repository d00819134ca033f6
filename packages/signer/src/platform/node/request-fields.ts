import type { SignableRequest } from "../../sigv4/request.ts";
import { requestFields as ownFields } from "../web/request-fields.ts";

/** An empty object. A member found here was put into `Object.prototype`. */
const plain: Partial<SignableRequest> = {};

/**
 * The members of a request, each read once and none from a polluted `Object.prototype`. A URL becomes its text; other values
 * are refused where URLs are read.
 *
 * If `Object.prototype` lacks these names, members need not be looked up as own ones. That makes reading a
 * request faster.
 */
export function requestFields(request: SignableRequest): SignableRequest & { readonly url: string } {
  if (plain.method !== undefined || plain.url !== undefined || plain.headers !== undefined) return ownFields(request);
  if (plain.body !== undefined || plain.payload !== undefined) return ownFields(request);
  const { method, url, headers, body, payload } = request;
  const text = typeof url === "string" ? url : ((url as Partial<URL> | undefined)?.href ?? (url as unknown as string));
  return { method, url: text, headers, body, payload };
}
