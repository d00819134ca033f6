import { own } from "../../errors/own.ts";
import type { SignableRequest } from "../../sigv4/request.ts";

/**
 * The members of a request, each read once and none from a polluted `Object.prototype`. A URL becomes its text; other values
 * are refused where URLs are read.
 */
export function requestFields(request: SignableRequest): SignableRequest & { readonly url: string } {
  const url = own(request, "url") as Partial<URL> | string | undefined;
  return {
    method: own(request, "method"),
    url: (typeof url === "string" ? url : (url?.href ?? url)) as string,
    headers: own(request, "headers"),
    body: own(request, "body"),
    payload: own(request, "payload"),
  };
}
