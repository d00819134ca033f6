import { SignerError } from "./error.ts";
import { hasControls } from "./request-target.ts";
import type { ServiceRules } from "./service-rules.ts";
import { uriEncode } from "./uri-encode.ts";

/** What the URL parser leaves as it is. */
const plain = /^https?:\/\/[a-z\d.-]+(?::\d{4,5})?\/[\w~!$&()*+,;=:@/-]*(?:\?[\w~!$&()*+,;=:@/?%.-]*)?$/;

/**
 * The form in which clients send a URL: what may not stand in one is percent-encoded, and unless the path must not be
 * touched it is what the URL standard makes of it, since `fetch` would do the same after the signature.
 *
 * @throws SignerError `INVALID_URL`.
 * @see https://url.spec.whatwg.org/#concept-basic-url-parser
 */
export function wireUrl(url: string | URL, rules: Pick<ServiceRules, "pathNormalization">): string {
  if (typeof url !== "string") return url?.href;
  // The URL parser would drop tabs and line ends silently; `requestTarget` turns them away.
  if (plain.test(url) || hasControls(url)) return url;
  if (rules.pathNormalization === "none") return url.replace(/[^!-~]|["<>\\^`{|}]/gu, uriEncode);
  try {
    return new URL(url).href;
  } catch (cause) {
    throw new SignerError(
      "INVALID_URL",
      "url: expected an absolute URL such as https://api.sagemaker.eu-west-1.amazonaws.com/",
      { cause },
    );
  }
}
