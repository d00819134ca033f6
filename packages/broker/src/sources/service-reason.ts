import type { PlainAnswer } from "./plain-http.ts";
import { jsonObject, textOf } from "./json-object.ts";
import { wordsThat } from "./plain-words.ts";

/** Codes of IAM Identity Center, its sign-in, `aws login` and IAM Roles Anywhere, without their `Exception` suffix. */
const CODES: ReadonlySet<string> = new Set([
  "AccessDenied",
  "Forbidden",
  "InternalServer",
  "InvalidRequest",
  "ResourceNotFound",
  "ServiceUnavailable",
  "TooManyRequests",
  "Unauthorized",
  "Validation",
  "AUTHCODE_EXPIRED",
  "INSUFFICIENT_PERMISSIONS",
  "TOKEN_EXPIRED",
  "USER_CREDENTIALS_CHANGED",
  "access_denied",
  "authorization_pending",
  "expired_token",
  "invalid_client",
  "invalid_grant",
  "invalid_request",
  "invalid_scope",
  "slow_down",
  "unauthorized_client",
  "unsupported_grant_type",
]);

/** The words of AWS's messages about a refused sign-in. */
const WORDS: ReadonlySet<string> = new Set(
  (
    "a access account an and anchor any are arn assume at authenticated authentication authority authorization " +
    "authorized be been by ca can cannot certificate chain client could credentials denied device did does duration " +
    "enabled disabled exist expired failed for found from grant has have header in insufficient internal invalid is issuer " +
    "it key later limit match maximum missing must no not of on or perform permission permissions policy profile " +
    "provided rate refresh region registered rejected request requests required resource revoked role scope seconds " +
    "server service session sign signature signed signing subject such than that the this throttled time to token too " +
    "trust trusted unable unauthorized unknown unsupported untrusted user valid validation value was with yet you your"
  ).split(" "),
);

/**
 * Why a service refused: its code, if AWS documents it, and the words of its message that AWS uses. The endpoint may be
 * hostile and has received a token: no other text of it is shown, so no part of the token is, in any encoding.
 */
export function reasonOf({ body }: PlainAnswer): string {
  const members = jsonObject(body);
  const given = ["__type", "code", "error"].map((name) => textOf(members, name)?.replace(/^.*#|Exception$/gu, ""));
  const message = ["message", "Message", "error_description"].flatMap((name) => textOf(members, name) ?? []);
  const code = [...given, ...message].find((one) => one !== undefined && CODES.has(one));
  const words = wordsThat((word) => WORDS.has(word.toLowerCase()), message[0]?.slice(0, 1000) ?? "");
  return [code, words].filter(Boolean).join(": ") || "without a known reason";
}
