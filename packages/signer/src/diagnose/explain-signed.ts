import type { SignedRequest } from "../request.ts";
import { type ExplainOptions, type Explanation, explainSteps } from "./explanation.ts";
import { readSigned } from "./signed-steps.ts";

/**
 * Shows every stage of a request that is signed already, presigned URLs included: no secret is needed for that. The
 * canonical request is computed by the rules of the service in the credential scope.
 *
 * @throws SignerError `INVALID_OPTION` for a request that carries no signature.
 *
 * @example
 * const { canonicalRequest } = explainSigned(readRequestText(pasted));
 */
export function explainSigned(signed: SignedRequest, options: ExplainOptions = {}): Explanation {
  const { claim, canonicalRequest, stringToSign } = readSigned(signed);
  const { accessKeyId, sessionToken, signature } = claim;
  const headers = Object.fromEntries(
    Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const lower = { ...signed, headers };
  return explainSteps({ signed: lower, accessKeyId, sessionToken, signature, canonicalRequest, stringToSign }, options);
}
