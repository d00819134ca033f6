import type { ServiceRules } from "./service-rules.ts";
import { uriEncodePath, uriReencode } from "./uri-encode.ts";

/**
 * The canonical URI: the path as it travels, normalised and encoded as the service does before it checks the signature.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function canonicalPath(path: string, rules: Pick<ServiceRules, "pathEncoding" | "pathNormalization">): string {
  const normalized = rules.pathNormalization === "rfc3986" ? removeDotSegments(path) : path;
  return rules.pathEncoding === "double" ? uriEncodePath(normalized) : uriReencode(normalized, true);
}

/** RFC 3986, section 5.2.4, and repeated slashes become one, which AWS adds to that. */
function removeDotSegments(path: string): string {
  if (!/\/[./]|\/$/.test(path)) return path;
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "." && segment !== "") segments.push(segment);
  }
  const directory = segments.length > 0 && /\/\.{0,2}$/.test(path) ? "/" : "";
  return `/${segments.join("/")}${directory}`;
}
