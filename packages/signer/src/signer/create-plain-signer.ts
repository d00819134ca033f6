import { words } from "#words";
import type { Clock } from "../clock/clock.ts";
import { checkCredentials } from "../credentials/check-credentials.ts";
import type { CredentialProvider } from "../credentials/credentials.ts";
import { sha256Hex } from "../crypto/text-sha256.ts";
import { own } from "../errors/own.ts";
import { refuse } from "../errors/refuse.ts";
import { canonicalHeaders } from "../sigv4/canonical-headers.ts";
import { plainPath } from "../sigv4/canonical-path.ts";
import { canonicalQuery } from "../sigv4/canonical-query.ts";
import { canonicalRequest } from "../sigv4/canonical-request.ts";
import { credentialScope } from "../sigv4/credential-scope.ts";
import { isRobust } from "../sigv4/header-rules.ts";
import { authorizationUpTo } from "../sigv4/request-head.ts";
import { signingTime } from "../sigv4/signing-time.ts";
import { ALGORITHM } from "../sigv4/string-to-sign.ts";
import { webSignature } from "./web-signature.ts";

/** A request in the types of the platform, which have checked it already. */
export interface PlainRequest {
  /** As it is sent. */
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string | Uint8Array | null;
  readonly signal?: AbortSignal | undefined;
}

/** What a plain signer returns. */
export interface PlainSignature {
  /** All headers to send, names in lower case. */
  readonly headers: Record<string, string>;
  /** The id of the key that signed. */
  readonly accessKeyId: string;
}

/** Signs a request. */
export type PlainSigner = (request: PlainRequest) => Promise<PlainSignature>;

/** What a plain signer is made of: checked already. */
export interface PlainSignerOptions {
  /** Such as `eu-west-1`. */
  readonly region: string;
  /** The signing name, such as `sagemaker`. Not Amazon S3. */
  readonly service: string;
  /** Called for each signature. It must cache by itself and judge expiry: `memoize` and `renewing` do. */
  readonly credentials: CredentialProvider;
  /** Dates the signatures. */
  readonly clock: Pick<Clock, "now">;
}

/** Headers of an earlier signature, and two that every fetch writes itself. */
const REPLACED = /^(?:authorization|x-amz-(?:date|security-token|content-sha256)|host|content-length)$/;

/**
 * Makes the smallest signer: the canonicalisation of `signRequest` with the rules of services without special ones,
 * hashes and HMACs of WebCrypto, and requests that the platform's `URL`, `Headers` and `Request` have read.
 *
 * @throws SignerError `INVALID_REGION` or `INVALID_SERVICE` at once. The signer rejects with `INVALID_HEADER`,
 * `UNSUPPORTED_RUNTIME`, or the code for invalid credentials.
 */
export function createPlainSigner({ region, service, credentials, clock }: PlainSignerOptions): PlainSigner {
  credentialScope("", region, service);
  if (service.startsWith("s3"))
    refuse("INVALID_SERVICE", words ? "service: must not be Amazon S3, which has rules of its own" : "service");
  const signatureOf = webSignature();

  return async ({ method, url, headers, body, signal }) => {
    const granted = checkCredentials(await credentials({ signal }));
    const { accessKeyId, secretAccessKey } = granted;
    const sessionToken = own(granted, "sessionToken");
    const timestamp = signingTime(new Date(clock.now()));
    const scope = credentialScope(timestamp.slice(0, 8), region, service);
    const sent = Object.fromEntries([...headers].filter(([name]) => !REPLACED.test(name)));
    sent["x-amz-date"] = timestamp;
    if (sessionToken) sent["x-amz-security-token"] = sessionToken;
    const canonical = canonicalHeaders({ host: url.host, ...sent }, isRobust);
    const request = canonicalRequest(
      method,
      plainPath(url.pathname),
      canonicalQuery(url.search.slice(1)),
      canonical,
      await sha256Hex(body ?? ""),
    );
    const signature = await signatureOf(secretAccessKey, timestamp, scope, request);
    sent["authorization"] = authorizationUpTo(ALGORITHM, accessKeyId, scope, canonical.signedHeaders) + signature;
    return { headers: sent, accessKeyId };
  };
}
