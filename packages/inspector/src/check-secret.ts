import { type SignedRequest, createClock } from "@countersign/signer";
import type { Explanation } from "@countersign/signer/diagnose";
import { createVerifier } from "@countersign/signer/verify";

/** Whether a signature was made with a secret: it is verified as of the moment it was made. */
export async function wasSignedWith(
  request: SignedRequest,
  explanation: Explanation,
  secretAccessKey: string,
): Promise<boolean> {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(explanation.date) ?? [];
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const verify = createVerifier({
    resolve: () => Promise.resolve({ secretAccessKey, ...sessionOf(request) }),
    clock: createClock({ wall: () => signedAt }),
  });
  return verify(request).then(
    () => true,
    () => false,
  );
}

/** The token itself is not what is checked here. */
function sessionOf({ url, headers }: SignedRequest): { readonly sessionToken?: string } {
  const sessionToken = headers["x-amz-security-token"] ?? new URL(url).searchParams.get("X-Amz-Security-Token");
  return typeof sessionToken === "string" ? { sessionToken } : {};
}
