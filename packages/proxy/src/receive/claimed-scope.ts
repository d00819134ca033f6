/** The key and scope that a request claims to be signed with; empty without a claim. */
export interface ClaimedScope {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

/** The credential scope, in the Authorization header or, percent-encoded, in a presigned URL. */
const SCOPE =
  /Credential=([^,&/%]{1,256})(?:\/|%2F)\d{8}(?:\/|%2F)([\w-]{1,64})(?:\/|%2F)([\w-]{1,64})(?:\/|%2F)aws4_request/iu;

/**
 * Reads the claim. Until the signature is verified, it only decides how much of the body to read and the form of a
 * refusal.
 */
export function claimedScope(headers: ReadonlyMap<string, string>, query: string): ClaimedScope {
  const [, accessKeyId = "", region = "", service = ""] =
    SCOPE.exec((headers.get("authorization") ?? query).slice(0, 4096)) ?? [];
  return { accessKeyId, region, service };
}
