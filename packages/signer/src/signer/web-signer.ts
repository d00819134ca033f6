import type { Clock } from "../clock/clock.ts";
import { checkCredentials } from "../credentials/check-credentials.ts";
import type { CredentialProvider, CredentialRequest } from "../credentials/credentials.ts";
import { own } from "../errors/own.ts";
import { credentialScope } from "../sigv4/credential-scope.ts";
import { readRequest } from "../sigv4/read-request.ts";
import type { SignableRequest, SignedBy, SignedRequest } from "../sigv4/request.ts";
import { requestHead } from "../sigv4/request-head.ts";
import { requestTarget } from "../sigv4/request-target.ts";
import type { ServiceRules } from "../sigv4/service-rules.ts";
import { signingTime } from "../sigv4/signing-time.ts";
import { ALGORITHM } from "../sigv4/string-to-sign.ts";
import { webSignature } from "./web-signature.ts";

/** What a signer is made of that signs with WebCrypto. All of it was checked. */
export interface WebSignerParts {
  readonly region: string;
  readonly service: string;
  /** It judges expiry itself: the clock that dates signatures may be wrong, and AWS refuses a key that has expired. */
  readonly credentials: CredentialProvider;
  readonly clock: Pick<Clock, "now">;
  readonly rules: ServiceRules;
  /** The form in which a URL is sent. */
  readonly urlOf: (url: string, rules: ServiceRules) => string;
  /** The last line of the canonical request. */
  readonly payloadOf: (request: SignableRequest) => string | Promise<string>;
}

/** Signs a request with the given credentials. */
export type WebSigner = (request: SignableRequest, wish?: CredentialRequest) => Promise<SignedRequest & SignedBy>;

/** Makes the asynchronous signer behind `createAsyncSigner` and `createPageSigner`. */
export function webSigner({ region, service, credentials, clock, rules, urlOf, payloadOf }: WebSignerParts): WebSigner {
  credentialScope("", region, service);
  const signatureOf = webSignature();

  return async (given, wish) => {
    const request = readRequest(given);
    const granted = checkCredentials(await credentials(wish));
    const { accessKeyId, secretAccessKey } = granted;
    const sessionToken = own(granted, "sessionToken");
    const timestamp = signingTime(new Date(clock.now()));
    const scope = credentialScope(timestamp.slice(0, 8), region, service);
    const hash = await payloadOf(request);
    const target = requestTarget(urlOf(request.url, rules), rules);
    const context = { algorithm: ALGORITHM, accessKeyId, sessionToken, rules, timestamp, credentialScope: scope };
    const head = requestHead(request, target, context, hash);
    const signature = await signatureOf(secretAccessKey, timestamp, scope, head.canonical + hash);
    const { method, headers, authorization } = head;
    const { body } = request;
    return {
      method,
      url: target.url,
      headers: { ...headers, authorization: authorization + signature },
      accessKeyId,
      signature,
      ...(body !== undefined && { body }),
    };
  };
}
