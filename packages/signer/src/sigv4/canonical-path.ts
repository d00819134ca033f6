import type { ServiceRules } from "./service-rules.ts";
import { uriEncode, uriReencode } from "./uri-encode.ts";

/**
 * The canonical URI: the path as it travels, normalised and encoded as the service does before it checks the signature.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function canonicalPath(path: string, rules: ServiceRules): string {
  const normalized = rules.pathNormalization === "none" ? path : removeDotSegments(path);
  return encodeSegments(normalized, rules.pathEncoding === "double" ? uriEncode : uriReencode);
}

/** The canonical URI for services that have no rules of their own. */
export function plainPath(path: string): string {
  return encodeSegments(removeDotSegments(path), uriEncode);
}

function encodeSegments(path: string, encode: (segment: string) => string): string {
  return path.split("/").map(encode).join("/") || "/";
}

/** RFC 3986, section 5.2.4, and repeated slashes become one, which AWS adds to that. */
function removeDotSegments(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "." && segment !== "") segments.push(segment);
  }
  // What ends in a slash or a dot segment names a directory.
  return `/${segments.join("/")}${/\/\.{0,2}$/.test(path) && segments.length > 0 ? "/" : ""}`;
}
