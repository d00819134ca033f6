/** The result of signing. `applySignature` puts it into the request. */
export interface Signature extends SigningSteps {
  /** The headers to add, names in lower case; they replace what the request has under the same names. */
  readonly headers: Readonly<Record<string, string>>;
  /** 64 hexadecimal digits; of SigV4a more. */
  readonly signature: string;
  /** The names of the signed headers, sorted and joined with `;`. */
  readonly signedHeaders: string;
  /** `20150830/us-east-1/sagemaker/aws4_request`. */
  readonly credentialScope: string;
}

/** The intermediate results. Computed when read, and not enumerable: they hold the session token. */
export interface SigningSteps {
  /** The canonical request. */
  readonly canonicalRequest: string;
  /** The string to sign. */
  readonly stringToSign: string;
}

/**
 * Adds to a result the strings that it was made from. They, the headers and the URL stay out of logs and JSON. Each
 * descriptor says so itself: it would read what it leaves out from a polluted `Object.prototype`.
 */
export function withSteps<Result extends object>(result: Result, steps: () => SigningSteps): Result & SigningSteps {
  const shown = (): object => ({
    ...result,
    ...("headers" in result && { headers: "<with credentials>" }),
    ...("url" in result && { url: "<with credentials>" }),
  });
  return Object.defineProperties(result as Result & SigningSteps, {
    canonicalRequest: { enumerable: false, get: () => steps().canonicalRequest },
    stringToSign: { enumerable: false, get: () => steps().stringToSign },
    toJSON: { enumerable: false, value: shown },
    [Symbol.for("nodejs.util.inspect.custom")]: { enumerable: false, value: shown },
  });
}
