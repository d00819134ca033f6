import { type CertificateFacts, hexOf } from "#platform/x509";
import { sha256Hex } from "#platform/sha256";
import { checkOptions, optional, shape, type Shapes, text } from "../errors/check-options.ts";
import { refuse, refuseOption } from "../errors/refuse.ts";
import { readHeaders } from "../sigv4/canonical-headers.ts";
import { credentialScope } from "../sigv4/credential-scope.ts";
import { payloadHash } from "../sigv4/payload-hash.ts";
import { readRequest } from "../sigv4/read-request.ts";
import type { SignableRequest } from "../sigv4/request.ts";
import { type HeadScope, requestHead } from "../sigv4/request-head.ts";
import { requestTarget } from "../sigv4/request-target.ts";
import { serviceRules } from "../sigv4/service-rules.ts";
import { type Signature, withSteps } from "../sigv4/signature.ts";
import { signingTime } from "../sigv4/signing-time.ts";
import { stringToSign } from "../sigv4/string-to-sign.ts";
import { type CertificateInput, readCertificates } from "./read-certificates.ts";
import { algorithmOf, readKey, refuseKey, type X509Key } from "./x509-key.ts";

/** All that a SigV4-X509 signature depends on besides the request. */
export interface X509Context {
  /** The end-entity certificate: PEM text or DER. Further certificates of a PEM text count as the start of `chain`. */
  readonly certificate: string | Uint8Array;
  readonly key: X509Key;
  /** Intermediate certificates up to the trust anchor, which is left out. */
  readonly chain?: CertificateInput | undefined;
  /** Such as `eu-west-1`. */
  readonly region: string;
  /** The signing name. Default: `rolesanywhere`. */
  readonly service?: string | undefined;
  readonly date: Date;
}

const certificateShape = shape(
  "certificates as PEM text or DER",
  (value) => (typeof value === "string" && value !== "") || value instanceof Uint8Array,
);

const shapes: Shapes<X509Context> = {
  certificate: certificateShape,
  key: shape(
    "a private key as PEM text, a private KeyObject, or a function that signs",
    (value) =>
      (typeof value === "string" && value !== "") ||
      typeof value === "function" ||
      (value as { readonly type?: unknown } | null)?.type === "private",
  ),
  chain: optional(
    shape(
      "certificates as PEM text, DER, or a list of both",
      (value) =>
        typeof value === "string" ||
        value instanceof Uint8Array ||
        (Array.isArray(value) && value.every((one) => typeof one === "string" || one instanceof Uint8Array)),
    ),
  ),
  region: text,
  service: optional(text),
  date: shape("a Date", (value) => value instanceof Date),
};

/**
 * Signs a request with the key of an X.509 certificate, as IAM Roles Anywhere's `CreateSession` requires. The canonical
 * request is that of Signature Version 4, with the certificate and its chain among the signed headers; the signature is
 * the key's over the string to sign, and the credential is the certificate's serial number.
 *
 * @throws SignerError as `signRequest` of the main entry; `INVALID_CERTIFICATE` for a certificate that cannot be read, is
 * an authority's, is not valid yet, or does not belong to the key; `CREDENTIALS_EXPIRED` after its end;
 * `UNSUPPORTED_RUNTIME` where there is no `node:crypto`, and for a key of ML-DSA before Node 24.
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-sign-process.html
 *
 * @example
 * const signature = await signRequest(request, { certificate, key, region: "eu-west-1", date: new Date() });
 */
export async function signRequest(request: SignableRequest, context: X509Context): Promise<Signature> {
  const {
    certificate,
    key,
    chain,
    region,
    service = "rolesanywhere",
    date,
  } = checkOptions(context, shapes, refuseOption);
  const [own, ...issuers] = readCertificates(certificate, "certificate") as [CertificateFacts, ...CertificateFacts[]];
  if (chain !== undefined && chain.length > 0) issuers.push(...readCertificates(chain, "chain"));
  const timestamp = signingTime(date);
  checkValidity(own, date);
  const algorithm = algorithmOf(own);
  const sign = readKey(key, own);
  const scope: HeadScope = {
    algorithm,
    accessKeyId: own.serialNumber,
    sessionToken: undefined,
    rules: serviceRules(service),
    timestamp,
    credentialScope: credentialScope(timestamp.slice(0, 8), region, service),
  };

  const { method, url, headers, body, payload } = readRequest(request);
  const identity = {
    "x-amz-x509": own.base64,
    ...(issuers.length > 0 && { "x-amz-x509-chain": issuers.map(({ base64 }) => base64).join(",") }),
  };
  const { "x-amz-x509": _, "x-amz-x509-chain": __, ...given } = readHeaders(headers);
  const target = requestTarget(url, scope.rules);
  const hash = payloadHash(body, payload);
  const head = requestHead({ method, headers: { ...given, ...identity } }, target, scope, hash);
  const canonicalHash = sha256Hex(head.canonical + hash);
  const toSign = stringToSign(algorithm, timestamp, scope.credentialScope, canonicalHash);

  const data = new TextEncoder().encode(toSign);
  const bytes = await sign(data, algorithm);
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) refuse("INVALID_OPTION", "key: must return a Uint8Array");
  if (own.verifies(data, bytes) === false) refuseKey();
  const signature = hexOf(bytes);

  const { signedHeaders } = head;
  const added = { ...identity, ...head.added, authorization: head.authorization + signature };
  return withSteps({ headers: added, signature, signedHeaders, credentialScope: scope.credentialScope }, () => ({
    canonicalRequest: head.canonical + hash,
    stringToSign: toSign,
  }));
}

/** @throws SignerError `INVALID_CERTIFICATE`, `CREDENTIALS_EXPIRED`. */
function checkValidity({ notBefore, notAfter, isAuthority }: CertificateFacts, date: Date): void {
  if (isAuthority) {
    refuse("INVALID_CERTIFICATE", "certificate: must be an end-entity certificate, not that of an authority");
  }
  if (date < notBefore) {
    refuse(
      "INVALID_CERTIFICATE",
      `certificate: must be valid; it becomes valid at ${notBefore.toISOString()}; wait, or set the clock`,
    );
  }
  if (date > notAfter) {
    refuse("CREDENTIALS_EXPIRED", `certificate: expired at ${notAfter.toISOString()}; renew it, or set the clock`);
  }
}
