import { sha256Hex } from "#platform/sha256";
import { flag, optional, type Shapes } from "../errors/check-options.ts";
import type { SignedRequest } from "../sigv4/request.ts";
import { redactToken, redactTokens } from "./redact.ts";

/** How an explanation is shown. */
export interface ExplainOptions {
  /** Show the session token. Default: false. Secrets and signing keys are never shown. */
  readonly reveal?: boolean | undefined;
}

/** The shapes of `ExplainOptions`. */
export const explainShapes: Shapes<ExplainOptions> = { reveal: optional(flag) };

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
  /** The Authorization header; empty for a presigned URL. */
  readonly authorization: string;
  /** The headers to send. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What an explanation is made from, unredacted. */
export interface ExplainedSteps {
  readonly signed: SignedRequest;
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  readonly signature: string;
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  /** The canonical request follows from the service's rules; what the client signed may have been another. */
  readonly computed?: boolean;
}

const behind = new WeakMap<object, ExplainedSteps>();

/** What an explanation was made from; `undefined` for anything else. */
export function stepsBehind(explanation: object): ExplainedSteps | undefined {
  return behind.get(explanation);
}

/** Shows the steps of a signature. */
export function explainSteps(steps: ExplainedSteps, { reveal = false }: ExplainOptions): Explanation {
  const { signed, accessKeyId, sessionToken, signature, canonicalRequest, stringToSign } = steps;
  const show = (text: string): string =>
    reveal ? text : redactTokens(text, sessionToken === undefined ? [] : [sessionToken]);
  const [, canonicalUri = "", canonicalQuery = "", ...rest] = canonicalRequest.split("\n");
  const [, date = "", credentialScope = ""] = stringToSign.split("\n");
  const explanation: Explanation = {
    method: signed.method,
    url: show(signed.url),
    accessKeyId,
    date,
    credentialScope,
    canonicalUri: show(canonicalUri),
    canonicalQuery: show(canonicalQuery),
    canonicalHeaders: show(rest.slice(0, -3).join("\n")),
    signedHeaders: rest.at(-2) ?? "",
    payloadHash: rest.at(-1) ?? "",
    canonicalRequest: show(canonicalRequest),
    canonicalRequestHash: sha256Hex(canonicalRequest),
    stringToSign,
    signature,
    authorization: signed.headers["authorization"] ?? "",
    headers: Object.fromEntries(
      Object.entries(signed.headers).map(([name, value]) => [
        name,
        name === "x-amz-security-token" && !reveal ? redactToken(value) : show(value),
      ]),
    ),
  };
  behind.set(explanation, steps);
  return explanation;
}
