import type { SignedRequest } from "@countersign/signer";

// What proves who sent a request, in headers and in presigned URLs.
const SECRET_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "x-amz-security-token",
  "cookie",
  "proxy-authorization",
]);
const SECRET_PARAMETERS = /^x-amz-(?:security-token|signature|credential)(?:=|$)/i;

/**
 * A request as text that may be shown to others: without session token, signature, Authorization and body. The path,
 * the query and the other headers are what a question about a signature is mostly about.
 */
function shareableText({ method, url, headers }: SignedRequest): string {
  const { pathname, search, host } = new URL(url);
  const query = search
    .slice(1)
    .split("&")
    .filter((pair) => pair !== "" && !SECRET_PARAMETERS.test(pair))
    .join("&");
  const lines = [`${method} ${pathname}${query === "" ? "" : `?${query}`} HTTP/1.1`, `host: ${host}`];
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (lower !== "host" && !SECRET_HEADERS.has(lower)) lines.push(`${lower}: ${value}`);
  }
  return `${lines.join("\n")}\n\n`;
}

/** The address of this page with a request in its fragment, which browsers send to no server. */
export function shareLink(page: string, request: SignedRequest): string {
  const link = new URL(page);
  link.hash = `request=${encodeURIComponent(shareableText(request))}`;
  return link.href;
}

/** The request in a shared link; nothing when the link has no request or it cannot be read. */
export function readShareLink(page: string): string | undefined {
  const [, encoded] = /^#request=(.*)$/.exec(new URL(page).hash) ?? [];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
