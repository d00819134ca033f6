import { own } from "../../errors/own.ts";
import type { SignableRequest } from "../../sigv4/request.ts";

/**
 * The members of a request, each read once and none from a polluted `Object.prototype`. A URL becomes its text; other values
 * are refused where URLs are read.
 */
export function requestFields(request: SignableRequest): SignableRequest & { readonly url: string } {
  const fields: Record<string, unknown> = {};
  for (const name of ["method", "url", "headers", "body", "payload"] as const) fields[name] = own(request, name);
  const { url } = fields as { readonly url: Partial<URL> | string | undefined };
  if (typeof url !== "string") fields["url"] = url?.href ?? url;
  return fields as unknown as SignableRequest & { readonly url: string };
}
