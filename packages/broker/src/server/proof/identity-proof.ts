import { readTime } from "../../model/read-time.ts";
import { VendingError } from "../vending-error.ts";

/** The request whose signature proves the sender. Its method, path and body are fixed. */
export const PROOF_BODY = "Action=GetCallerIdentity&Version=2011-06-15";
export const PROOF_CONTENT_TYPE = "application/x-www-form-urlencoded";
export const AUDIENCE_HEADER = "x-countersign-audience";
/** Random text, so that two proofs by the same key in the same second differ. */
export const NONCE_HEADER = "x-countersign-nonce";

/** A proof is accepted for this long after it was made. */
export const FRESH_MS: number = 5 * 60_000;

/** The headers of a proof. With any other header the sender could change what STS sees. */
export const PROOF_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "content-type",
  "x-amz-date",
  "x-amz-security-token",
  AUDIENCE_HEADER,
  NONCE_HEADER,
]);

/** What a service sends to prove its identity: a GetCallerIdentity that it signed but did not send to STS. */
export interface IdentityProof {
  readonly region: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A proof whose form is right. Its signature is not verified yet. */
export interface ReadProof extends IdentityProof {
  readonly signature: string;
  /** In milliseconds since the epoch. */
  readonly madeAt: number;
}

/**
 * Reads a proof and checks everything about it except its signature.
 *
 * @throws VendingError `IDENTITY_REJECTED`.
 */
export function readProof(
  proof: unknown,
  o: { readonly audience: string; readonly regions: readonly string[]; readonly now: number },
): ReadProof {
  const { region, headers } = readForm(proof);
  if (!o.regions.includes(region)) throw rejected("its Region is not in identityRegions");
  if (headers[AUDIENCE_HEADER] !== o.audience) throw rejected("it was made for another audience");
  if (headers["content-type"] !== PROOF_CONTENT_TYPE) throw rejected(`its content type must be ${PROOF_CONTENT_TYPE}`);
  if (!/^[\w-]{16,128}$/.test(headers[NONCE_HEADER] ?? "")) {
    throw rejected(`${NONCE_HEADER} must be 16-128 letters, digits, _ and -`);
  }
  const authorization =
    /^AWS4-HMAC-SHA256 Credential=[^\s,]+, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
      headers["authorization"] ?? "",
    );
  const [, signedHeaders = "", signature = ""] = authorization ?? [];
  const signed = signedHeaders.split(";");
  if (!["host", "x-amz-date", AUDIENCE_HEADER, NONCE_HEADER].every((name) => signed.includes(name))) {
    throw rejected("its signature must cover host, date, audience and nonce");
  }
  const madeAt = dateOf(headers["x-amz-date"] ?? "");
  if (!(Math.abs(o.now - madeAt) <= FRESH_MS)) throw rejected("it must be at most five minutes old");
  return { region, headers, signature, madeAt };
}

function readForm(proof: unknown): IdentityProof {
  const { region, headers } = Object(proof) as Partial<IdentityProof>;
  if (typeof region !== "string" || typeof headers !== "object" || headers === null) {
    throw rejected("it must be { region, headers }");
  }
  const read: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers as Readonly<Record<string, unknown>>)) {
    const lower = name.toLowerCase();
    // One spelling of each header: with two, STS and this server could read different values.
    if (!PROOF_HEADERS.has(lower) || lower in read || !isHeaderValue(value)) {
      throw rejected(`header ${JSON.stringify(name.slice(0, 64))} does not belong to a proof, or has no valid value`);
    }
    read[lower] = value;
  }
  return { region, headers: read };
}

function isHeaderValue(value: unknown): value is string {
  return typeof value === "string" && /^[\x20-\x7e]*$/.test(value);
}

function dateOf(amzDate: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(amzDate) ?? [];
  return readTime(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)?.getTime() ?? Number.NaN;
}

export function rejected(reason: string): VendingError {
  return new VendingError("IDENTITY_REJECTED", `the proof of identity is rejected: ${reason}`);
}
