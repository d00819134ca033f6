/** What stands in place of a redacted part. */
const CUT = "[redacted]";

/**
 * Parts of AWS's error messages that are not for a page: ARNs, account ids, access keys, JSON Web Tokens, and long runs
 * of encoded text, such as session tokens, signatures and encoded authorization messages. Each pattern matches in linear time.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 */
const PARTS: readonly RegExp[] = [
  // JSON Web Tokens, whose parts may be short.
  /(?<![\w-])eyJ[\w-]*\.[\w.-]*/g,
  // Before account ids, which would cut such a run into parts that are short.
  /[A-Za-z0-9+/=_%-]{64,}/g,
  // A secret access key: 40 characters, as they are or in a URL.
  /(?<![A-Za-z0-9+/%])(?:[A-Za-z0-9+/]|%2[BF]){40}(?![A-Za-z0-9+/=%])/gi,
  /\barn:aws[^\s"'<>\\,)]*/g,
  /\b(?:A3T|ABIA|ACCA|AGPA|AIDA|AIPA|AKIA|ANPA|ANVA|APKA|AROA|ASCA|ASIA)[A-Z0-9]{12,}/g,
  /(?<!\d)\d{12}(?!\d)/g,
];

/** Codes of errors that say why AWS did not accept the signature or the credentials: they quote what was signed. */
const AUTHORIZATION =
  /AccessDenied|Credential|ExpiredToken|IncompleteSignature|InvalidAccessKey|InvalidClientTokenId|InvalidToken|MissingAuthenticationToken|NotAuthorized|OptInRequired|RequestExpired|Signature|TimeTooSkewed|UnauthorizedOperation|UnrecognizedClient/;

/** The status of ModelError: the text is the model's own. */
const MODEL_ERROR = 424;

/**
 * The text of an error as a page may read it; `undefined` when a page must not read it. What AWS says about signature,
 * credentials and permissions quotes the canonical request, with the session token, and names roles.
 */
export function redactError(status: number, code: string | undefined, text: string): string | undefined {
  const isAuthorization = AUTHORIZATION.test(code ?? "") || AUTHORIZATION.test(text);
  if (status === 401 || status === 403 || (isAuthorization && status !== MODEL_ERROR)) return undefined;
  return redactText(text);
}

/** A text without the parts that are not for a page. */
export function redactText(text: string): string {
  return PARTS.reduce((rest, part) => rest.replace(part, CUT), text);
}
