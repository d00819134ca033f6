/** What signing comes to. Apply it with `applySignature`. */
export interface Signature {
  /** The headers to add, names in lower case; they replace what the request has under the same names. */
  readonly headers: Readonly<Record<string, string>>;
  /** 64 hexadecimal digits; of SigV4a more. */
  readonly signature: string;
  /** The names of the signed headers, sorted and joined with `;`. */
  readonly signedHeaders: string;
  /** `20150830/us-east-1/sagemaker/aws4_request`. */
  readonly credentialScope: string;
  /** What was hashed. Not enumerable: it holds the session token. */
  readonly canonicalRequest: string;
  /** What was signed. Not enumerable. */
  readonly stringToSign: string;
}

/** The intermediate results, kept where neither logs nor JSON find them. */
export interface SigningSteps {
  readonly canonicalRequest: string;
  readonly stringToSign: string;
}

/** Gives a result the two strings it was made from. They, and the headers, stay out of logs and JSON. */
export function withSteps<Result extends object>(result: Result, steps: SigningSteps): Result & SigningSteps {
  const shown = (): object => ({ ...result, ...("headers" in result && { headers: redacted }) });
  return Object.defineProperties(result as Result & SigningSteps, {
    canonicalRequest: { get: () => steps.canonicalRequest },
    stringToSign: { get: () => steps.stringToSign },
    toJSON: { value: shown },
    [Symbol.for("nodejs.util.inspect.custom")]: { value: shown },
  });
}
const redacted = "<headers with credentials>";
