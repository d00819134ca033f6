import { sha256Hex } from "#sha256";
import type { SignableRequest, SignedRequest } from "../request.ts";
import { applySignature } from "../apply-signature.ts";
import { signRequest } from "../sign-request.ts";
import type { Signer } from "../signer.ts";
import { redactToken, redactTokens } from "./redact.ts";

/** How an explanation is shown. */
export interface ExplainOptions {
  /** Show the session token. Default: false. Secrets and signing keys are never shown. */
  readonly reveal?: boolean | undefined;
}

/** Every stage of one signature, in the order of the specification. */
export interface Explanation {
  readonly method: string;
  readonly url: string;
  readonly accessKeyId: string;
  /** As it is signed: `20150830T123600Z`. */
  readonly date: string;
  readonly credentialScope: string;
  readonly canonicalUri: string;
  readonly canonicalQuery: string;
  /** One `name:value` per line. */
  readonly canonicalHeaders: string;
  readonly signedHeaders: string;
  readonly payloadHash: string;
  readonly canonicalRequest: string;
  readonly canonicalRequestHash: string;
  readonly stringToSign: string;
  readonly signature: string;
  readonly authorization: string;
  /** The headers to send. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What is behind an explanation, unredacted. */
export interface ExplainedSteps {
  readonly signed: SignedRequest;
  readonly canonicalRequest: string;
  readonly stringToSign: string;
}

const behind = new WeakMap<object, ExplainedSteps>();

/** The unredacted strings behind an explanation; `undefined` for anything else. */
export function stepsBehind(explanation: object): ExplainedSteps | undefined {
  return behind.get(explanation);
}

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
  request: SignableRequest,
  options: ExplainOptions = {},
): Promise<Explanation> {
  // The signer brings the URL into the form that is sent; what is signed for it is worked out step by step here.
  const { url, headers } = await signer.sign(request);
  const credentials = await signer.credentials();
  const timestamp = headers["x-amz-date"] ?? "";
  const signature = signRequest(
    { ...request, url },
    {
      credentials,
      region: signer.region,
      service: signer.service,
      date: readTimestamp(timestamp),
      settings: signer.settings,
    },
  );
  const { canonicalRequest, stringToSign } = signature;
  const signed = applySignature({ ...request, url }, signature);

  const { sessionToken } = credentials;
  const show = (text: string): string =>
    options.reveal === true ? text : redactTokens(text, sessionToken === undefined ? [] : [sessionToken]);
  const [, canonicalUri = "", canonicalQuery = "", ...rest] = canonicalRequest.split("\n");
  const explanation: Explanation = {
    method: signed.method,
    url: show(url),
    accessKeyId: credentials.accessKeyId,
    date: timestamp,
    credentialScope: signature.credentialScope,
    canonicalUri,
    canonicalQuery: show(canonicalQuery),
    canonicalHeaders: show(rest.slice(0, -3).join("\n")),
    signedHeaders: signature.signedHeaders,
    payloadHash: rest.at(-1) ?? "",
    canonicalRequest: show(canonicalRequest),
    canonicalRequestHash: sha256Hex(canonicalRequest),
    stringToSign,
    signature: signature.signature,
    authorization: signed.headers["authorization"] ?? "",
    headers: Object.fromEntries(
      Object.entries(signed.headers).map(([name, value]) => [
        name,
        name === "x-amz-security-token" && options.reveal !== true ? redactToken(value) : value,
      ]),
    ),
  };
  behind.set(explanation, { signed, canonicalRequest, stringToSign });
  return explanation;
}

function readTimestamp(text: string): Date {
  return new Date(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}
