import { applySignature } from "../sigv4/apply-signature.ts";
import type { SignableRequest } from "../sigv4/request.ts";
import { signRequest } from "../sigv4/sign-request.ts";
import { readRequest } from "../sigv4/read-request.ts";
import { internalsOf, type Signer } from "../signer/signer.ts";
import { checkOptions } from "../errors/check-options.ts";
import { refuseOption } from "../errors/refuse.ts";
import { type ExplainOptions, explainShapes, type Explanation, explainSteps } from "./explanation.ts";

/**
 * Signs a request and shows every stage, for people. The session token is shown as its length and hash unless
 * `reveal` says otherwise; `diagnose` compares the whole text all the same.
 *
 * @throws SignerError as `signer.sign` does.
 *
 * @example
 * const explanation = await explain(signer, { method: "POST", url, body });
 * console.log(explanation.canonicalRequest);
 */
export async function explain(
  signer: Signer,
  signable: SignableRequest,
  given: ExplainOptions = {},
): Promise<Explanation> {
  const options = checkOptions(given, explainShapes, refuseOption);
  internalsOf(signer);
  const request = readRequest(signable);
  // The signer brings the URL into the form that is sent; what is signed for it is worked out step by step here.
  const { url, headers } = await signer.sign(request);
  const credentials = await signer.credentials();
  const signature = signRequest(
    { ...request, url },
    {
      credentials,
      region: signer.region,
      service: signer.service,
      date: readTimestamp(headers["x-amz-date"] ?? ""),
      settings: signer.settings,
    },
  );
  const { canonicalRequest, stringToSign } = signature;
  const signed = applySignature({ ...request, url }, signature);
  const { accessKeyId, sessionToken } = credentials;
  const steps = { signed, accessKeyId, sessionToken, signature: signature.signature, canonicalRequest, stringToSign };
  return explainSteps(steps, options);
}

function readTimestamp(text: string): Date {
  return new Date(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}
