import { sha256Hex } from "#platform/sha256";
import { checkOptions, flag, optional, text } from "../errors/check-options.ts";
import { refuseOption } from "../errors/refuse.ts";
import type { SignedRequest } from "../sigv4/request.ts";
import { type ExplainOptions, type Explanation, explainSteps } from "./explanation.ts";
import { readSigned } from "./signed-steps.ts";

/** How a request that is signed already is explained. */
export interface ExplainSignedOptions extends ExplainOptions {
  /**
   * The canonical request as the signer printed it. Default: computed by the rules of the service in the credential
   * scope, which hides a signer that deviates from them.
   */
  readonly canonicalRequest?: string | undefined;
}

/**
 * Shows every stage of a request that is signed already, presigned URLs included: no secret is needed for that.
 *
 * @throws SignerError `INVALID_OPTION` for a request that carries no signature.
 *
 * @example
 * const { canonicalRequest } = explainSigned(readRequestText(pasted));
 */
export function explainSigned(signed: SignedRequest, given: ExplainSignedOptions = {}): Explanation {
  const options = checkOptions(given, { reveal: optional(flag), canonicalRequest: optional(text) }, refuseOption);
  const { claim, ...steps } = readSigned(signed);
  const { canonicalRequest = steps.canonicalRequest } = options;
  const stringToSign = `${steps.stringToSign.slice(0, steps.stringToSign.lastIndexOf("\n") + 1)}${sha256Hex(canonicalRequest)}`;
  const { accessKeyId, sessionToken, signature } = claim;
  const headers = Object.fromEntries(
    // A header of a server may be a number.
    Object.entries(signed.headers).map(([name, value]: [string, unknown]) => [name.toLowerCase(), String(value)]),
  );
  const lower = { ...signed, headers };
  const computed = options.canonicalRequest === undefined;
  return explainSteps(
    { signed: lower, accessKeyId, sessionToken, signature, canonicalRequest, stringToSign, computed },
    { reveal: options.reveal },
  );
}
