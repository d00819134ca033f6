import { type Clock, type Credentials, createSigner } from "@countersign/signer";
import { resolveEndpoint } from "@countersign/signer/endpoints";
import { LRUCache } from "lru-cache";
import { VendingError } from "../vending-error.ts";

/** The request whose signature proves who sent it; method, path and body are fixed. */
const BODY = "Action=GetCallerIdentity&Version=2011-06-15";
const CONTENT_TYPE = "application/x-www-form-urlencoded";
const AUDIENCE_HEADER = "x-countersign-audience";

const FRESH_MS = 5 * 60_000;
const ANSWER_MS = 5_000;

/** Headers that a proof consists of. Anything else would let the sender change what STS sees. */
const PROOF_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "content-type",
  "x-amz-date",
  "x-amz-security-token",
  AUDIENCE_HEADER,
]);

/** What a machine sends to prove who it is: a GetCallerIdentity that it signed but did not send. */
export interface IdentityProof {
  readonly region: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Signs the proof that `POST /v1/identity/:grant` takes. It is good once, for five minutes, and for this audience only.
 *
 * @throws SignerError when the credentials cannot sign.
 *
 * @example
 * const proof = await proveIdentity({ credentials, region: "eu-west-1", audience: "https://broker.example.com" });
 * await fetch("https://broker.example.com/v1/identity/batch", { method: "POST", body: JSON.stringify(proof) });
 */
export async function proveIdentity(o: {
  readonly credentials: Credentials;
  readonly region: string;
  readonly audience: string;
  readonly clock?: Clock;
}): Promise<IdentityProof> {
  const signer = createSigner({
    region: o.region,
    service: "sts",
    credentials: o.credentials,
    settings: { signedHeaders: { also: [AUDIENCE_HEADER] } },
    ...(o.clock === undefined ? {} : { clock: o.clock }),
  });
  const { headers } = await signer.sign({
    method: "POST",
    url: resolveEndpoint({ service: "sts", region: o.region }).url,
    headers: { "content-type": CONTENT_TYPE, [AUDIENCE_HEADER]: o.audience },
    body: BODY,
  });
  return {
    region: o.region,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => PROOF_HEADERS.has(name))),
  };
}

/** Answers with the ARN of the IAM user or role that made a proof. */
export type VerifyIdentity = (proof: unknown) => Promise<string>;

/**
 * Verifies proofs by having STS check the signature. The address, method, path and body of that request are ours, so
 * that a proof cannot point it elsewhere; the audience must be signed, so that a proof made for somebody else is none
 * here; a signature is good once.
 *
 * @throws VendingError `IDENTITY_REJECTED`, `UNAVAILABLE`.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export function createIdentityVerifier(o: {
  readonly audience: string;
  readonly regions: readonly string[];
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
}): VerifyIdentity {
  const seen = new LRUCache<string, true>({ max: 50_000, ttl: 3 * FRESH_MS });

  return async function verifyIdentity(proof) {
    const { region, headers } = readProof(proof);
    if (!o.regions.includes(region)) throw rejected("its Region is none that may be asked");
    const signature = checkHeaders(headers, o.audience, o.clock.now());
    if (seen.has(signature)) throw rejected("it was used before");
    // Before STS answers, or two could be one. A proof that is none is forgotten, or enough of them would push one out.
    seen.set(signature, true);
    try {
      return await askSts(region, headers);
    } catch (error) {
      seen.delete(signature);
      throw error;
    }
  };

  async function askSts(region: string, headers: Readonly<Record<string, string>>): Promise<string> {
    let answer: Response;
    let text: string;
    try {
      answer = await o.fetch(resolveEndpoint({ service: "sts", region }).url, {
        method: "POST",
        redirect: "error",
        headers,
        body: BODY,
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      text = await answer.text();
    } catch (cause) {
      throw new VendingError("UNAVAILABLE", `STS in ${region} cannot be reached`, { cause, retryAfterSeconds: 5 });
    }
    if (answer.status >= 500)
      throw new VendingError("UNAVAILABLE", `STS answered ${answer.status}`, { retryAfterSeconds: 5 });
    if (!answer.ok) throw rejected("STS does not accept its signature");
    return principalOf(readArn(answer.headers.get("content-type") ?? "", text));
  }
}

function readProof(proof: unknown): IdentityProof {
  const { region, headers } = (typeof proof === "object" && proof !== null ? proof : {}) as Partial<IdentityProof>;
  if (typeof region !== "string" || typeof headers !== "object" || headers === null) {
    throw rejected("it is no { region, headers }");
  }
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers as Readonly<Record<string, unknown>>)) {
    const lower = name.toLowerCase();
    // One spelling of each header: two would leave open which of them STS and we look at.
    if (!PROOF_HEADERS.has(lower) || Object.hasOwn(read, lower) || !isHeaderValue(value)) {
      throw rejected(`header ${JSON.stringify(name.slice(0, 64))} is not part of a proof`);
    }
    read[lower] = value;
  }
  return { region, headers: read };
}

function isHeaderValue(value: unknown): value is string {
  return typeof value === "string" && /^[\x20-\x7e]*$/.test(value);
}

/** @returns the signature, by which a proof is known again. */
function checkHeaders(headers: Readonly<Record<string, string>>, audience: string, now: number): string {
  if (headers[AUDIENCE_HEADER] !== audience) throw rejected("it was made for another audience");
  if (headers["content-type"] !== CONTENT_TYPE) throw rejected("its content type is not that of STS");
  const authorization =
    /^AWS4-HMAC-SHA256 Credential=[^\s,]+, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
      headers["authorization"] ?? "",
    );
  const [, signedHeaders = "", signature = ""] = authorization ?? [];
  const signed = signedHeaders.split(";");
  if (!["host", "x-amz-date", AUDIENCE_HEADER].every((name) => signed.includes(name))) {
    throw rejected("its signature does not cover host, date and audience");
  }
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(headers["x-amz-date"] ?? "") ?? [];
  const madeAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (!(Math.abs(now - madeAt) <= FRESH_MS)) throw rejected("it is older than five minutes, or from the future");
  return signature;
}

function readArn(contentType: string, text: string): string {
  const answer =
    /^(?:<\?xml[^>]*>\s*)?<GetCallerIdentityResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/">\s*<GetCallerIdentityResult>([\s\S]*?)<\/GetCallerIdentityResult>/.exec(
      text,
    );
  const arns = [...(answer?.[1] ?? "").matchAll(/<Arn>([^<>&]+)<\/Arn>/g)];
  const arn = arns[0]?.[1];
  if (!/\bxml\b/.test(contentType) || arns.length !== 1 || arn === undefined)
    throw rejected("STS did not say who it is");
  return arn;
}

/** A session counts as its role. STS leaves out the path of a role, so principals are compared without it too. */
function principalOf(arn: string): string {
  const session = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/.exec(arn);
  return session === null ? arn : `arn:${session[1]}:iam::${session[2]}:role/${session[3]}`;
}

/** The ARN of a role without its path, as `VerifyIdentity` answers. */
export function withoutPath(arn: string): string {
  return arn.replace(/^(arn:[^:]+:iam::\d{12}:role\/).*?([^/]+)$/, "$1$2");
}

function rejected(reason: string): VendingError {
  return new VendingError("IDENTITY_REJECTED", `the proof of identity was rejected: ${reason}`);
}
