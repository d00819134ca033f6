import { createHash, type KeyObject, verify } from "node:crypto";
import { AwsError } from "../wire/aws-error.ts";
import { headerOf, type ReceivedRequest } from "../wire/received-request.ts";
import { type Certificate, readCertificate } from "./certificate.ts";

/** How far the signer's clock may be off, in milliseconds. */
const maxSkewMs = 300_000;
/** Longer values of a header are not parsed. */
const maxHeader = 65_536;

/** The certificate that signed a request, and the certificates that came with it. Its path is not checked yet. */
export interface Signer {
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
}

/**
 * Verifies a request that a certificate's key signed: SigV4's canonical request, an algorithm that names X.509, and the
 * certificate's serial number in the place of the access key id
 * (https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-sign-process.html). Written apart from the
 * signer, so that one mistake is not made on both sides.
 *
 * @throws {AwsError} `AccessDenied` as AWS refuses; `MissingAuthenticationToken` for an unsigned request.
 */
export function checkSignature(request: ReceivedRequest, region: string, now: number): Signer {
  const authorization = headerOf(request, "authorization");
  if (authorization === undefined) {
    throw new AwsError("MissingAuthenticationToken", "Missing Authentication Token", { status: 403 });
  }
  const claim = readClaim(authorization);
  const certificate = certificateIn(headerOf(request, "x-amz-x509"));
  const chain = chainIn(headerOf(request, "x-amz-x509-chain"));
  const [serialNumber, day, inRegion, service, terminator] = claim.credential.split("/");
  const timestamp = headerOf(request, "x-amz-date") ?? "";
  checkDate(timestamp, now);
  const scope = [day, inRegion, service, terminator];
  const expectedScope = [timestamp.slice(0, 8), region, "rolesanywhere", "aws4_request"];
  if (scope.join("/") !== expectedScope.join("/")) {
    throw denied(`Credential should be scoped to ${expectedScope.join("/")}`);
  }
  checkSignedHeaders(request, claim.signedHeaders);
  const canonicalRequest = canonical(request, claim.signedHeaders);
  const stringToSign = [claim.algorithm, timestamp, scope.join("/"), sha256(canonicalRequest)].join("\n");
  const valid =
    serialNumber === certificate.serialNumber &&
    algorithmOf(certificate.publicKey) === claim.algorithm &&
    /^(?:[\da-f]{2})+$/.test(claim.signature) &&
    isSigned(stringToSign, Buffer.from(claim.signature, "hex"), certificate.publicKey);
  if (!valid) throw denied("Invalid signature");
  return { certificate, chain };
}

interface Claim {
  readonly algorithm: string;
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

function readClaim(authorization: string): Claim {
  const [, algorithm, credential, signedHeaders, signature] =
    /^(AWS4-X509-[A-Z\d-]+) Credential=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([^,\s]+)$/.exec(
      authorization,
    ) ?? [];
  if (algorithm === undefined || credential === undefined || signedHeaders === undefined || signature === undefined) {
    throw denied("Authorization header must be AWS4-X509-… Credential=…, SignedHeaders=…, Signature=…");
  }
  return { algorithm, credential, signedHeaders: signedHeaders.split(";"), signature };
}

function certificateIn(header: string | undefined): Certificate {
  if (header === undefined) throw denied("Missing X-Amz-X509 header");
  try {
    const der = Buffer.from(header, "base64");
    if (header.length > maxHeader || der.toString("base64") !== header) throw new Error("It is not base64.");
    return readCertificate(der);
  } catch {
    throw denied("Untrusted certificate. Insufficient certificate");
  }
}

function chainIn(header: string | undefined): readonly Certificate[] {
  return header === undefined ? [] : header.split(",").slice(0, 5).map(certificateIn);
}

function checkDate(timestamp: string, now: number): void {
  const iso = timestamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6.000Z");
  const time = iso === timestamp ? Number.NaN : Date.parse(iso);
  if (Number.isNaN(time)) throw denied("X-Amz-Date must be in ISO-8601 basic format, such as 20150830T123600Z");
  const basic = (date: number): string => new Date(date).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  if (now - time > maxSkewMs) {
    throw denied(
      `Signature expired: ${timestamp} is now earlier than ${basic(now - maxSkewMs)} (${basic(now)} - 5 min.)`,
    );
  }
  if (time - now > maxSkewMs) {
    throw denied(
      `Signature not yet current: ${timestamp} is still later than ${basic(now + maxSkewMs)} (${basic(now)} + 5 min.)`,
    );
  }
}

/** The signature must cover the host and every `x-amz-*` header; its list is sorted, and each header was sent. */
function checkSignedHeaders(request: ReceivedRequest, signed: readonly string[]): void {
  const sorted = signed.every((name, index) => name === name.toLowerCase() && name > (signed[index - 1] ?? ""));
  const sent = new Set(request.headers.map(([name]) => name));
  const unsigned = [...sent, "host", "x-amz-date", "x-amz-x509"].find(
    (name) => (name === "host" || name.startsWith("x-amz-")) && !signed.includes(name),
  );
  if (!sorted || unsigned !== undefined || signed.some((name) => !sent.has(name))) throw denied("Invalid signature");
}

function canonical(request: ReceivedRequest, signed: readonly string[]): string {
  const [path = "", query = ""] = request.target.split(/\?(.*)/s, 2);
  const headers = signed.map((name) => `${name}:${headerOf(request, name)?.trim().replaceAll(/ {2,}/g, " ")}\n`);
  const hash = sha256(request.body);
  // A client may state the hash; the signature then covers the header, and the body must match it too.
  if ((headerOf(request, "x-amz-content-sha256") ?? hash) !== hash) throw denied("Invalid signature");
  return [request.method, path, canonicalQuery(query), headers.join(""), signed.join(";"), hash].join("\n");
}

function canonicalQuery(query: string): string {
  return (
    query
      .split("&")
      .filter((pair) => pair !== "")
      .map((pair) => {
        const [name = "", value = ""] = pair.split(/=(.*)/s, 2);
        return `${encoded(name)} ${encoded(value)}`;
      })
      // Sorted by name, then by value: a space sorts before all that may stand in either.
      .toSorted()
      .join("&")
      .replaceAll(" ", "=")
  );
}

/** The text encoded as AWS does: everything but letters, digits and `-._~`. */
function encoded(text: string): string {
  let plain: string;
  try {
    plain = decodeURIComponent(text);
  } catch {
    throw denied("Invalid signature");
  }
  return encodeURIComponent(plain).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The algorithm that a key signs with; undefined: Roles Anywhere takes no such key. */
function algorithmOf({ asymmetricKeyType }: KeyObject): string | undefined {
  if (asymmetricKeyType === "rsa") return "AWS4-X509-RSA-SHA256";
  if (asymmetricKeyType === "ec") return "AWS4-X509-ECDSA-SHA256";
  return asymmetricKeyType?.startsWith("ml-dsa-") === true ? "AWS4-X509-MLDSA" : undefined;
}

function isSigned(stringToSign: string, signature: Buffer, key: KeyObject): boolean {
  // ML-DSA hashes by itself.
  const digest = key.asymmetricKeyType === "rsa" || key.asymmetricKeyType === "ec" ? "sha256" : null;
  return verify(digest, Buffer.from(stringToSign, "utf8"), key, signature);
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function denied(message: string): AwsError {
  return new AwsError("AccessDenied", message, { status: 403 });
}
