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
 * Adds to a result the strings that it was made from. They, the headers and the URL stay out of logs and JSON. The
 * descriptors inherit nothing: they would read what they leave out from a polluted `Object.prototype`.
 */
export function withSteps<Result extends object>(result: Result, steps: () => SigningSteps): Result & SigningSteps {
  const shown = (): object => ({
    ...result,
    ...("headers" in result && { headers: "<with credentials>" }),
    ...("url" in result && { url: "<with credentials>" }),
  });
  const descriptors: object = {
    canonicalRequest: { __proto__: null, get: () => steps().canonicalRequest },
    stringToSign: { __proto__: null, get: () => steps().stringToSign },
    toJSON: { __proto__: null, value: shown },
    [Symbol.for("nodejs.util.inspect.custom")]: { __proto__: null, value: shown },
  };
  return Object.defineProperties(result as Result & SigningSteps, descriptors as PropertyDescriptorMap);
}
