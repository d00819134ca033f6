/** Query parameters of a presigned URL. */
const PRESIGNED = new Set([
  "x-amz-algorithm",
  "x-amz-content-sha256",
  "x-amz-credential",
  "x-amz-date",
  "x-amz-expires",
  "x-amz-security-token",
  "x-amz-signature",
  "x-amz-signedheaders",
]);

/** Whether a pair of a query, as it came, is a presigned URL's own. */
export function isAuthentication(pair: string): boolean {
  const [name = ""] = pair.split("=", 1);
  try {
    return PRESIGNED.has(decodeURIComponent(name).toLowerCase());
  } catch {
    return false;
  }
}

/** Whether a query has nothing but a presigned URL's own parameters. */
export function isAuthenticationOnly(query: string): boolean {
  return query === "" || query.split("&").every(isAuthentication);
}
