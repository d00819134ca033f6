import { sha256Hex } from "#platform/sha256";
import type { HmacKey } from "../crypto/hmac.ts";
import type { SignatureClaim } from "./claim.ts";
import { equalInConstantTime } from "./equal-in-constant-time.ts";
import { expectedSignature, scopeKey } from "./expected-signature.ts";
import { VerifyError } from "./verify-error.ts";

/** One message of a signed event stream. */
export interface SignedEvent {
  /** From its `:date` header. */
  readonly date: Date;
  /** The bytes it wraps: the inner message, empty at the end of the stream. */
  readonly payload: Uint8Array;
  /** From its `:chunk-signature` header. */
  readonly signature: Uint8Array;
}

/**
 * Verifies the parts of a body that are signed one by one, each over the one before. Each method throws `VerifyError`
 * `SignatureDoesNotMatch`, and goes on throwing once one part was wrong.
 */
export interface SignatureChain {
  /** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html */
  chunk(bytes: Uint8Array, signature: string): void;
  /** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html */
  trailer(lines: string, signature: string): void;
  /** https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html */
  event(event: SignedEvent): void;
}

/** Starts a chain from a request whose own signature was verified. */
export function createSignatureChain(secretAccessKey: string, claim: SignatureClaim): SignatureChain {
  const { region, service, day } = claim.scope;
  const keys = new Map<string, HmacKey>();
  let previous: string | undefined = claim.signature;

  function check(kind: string, timestamp: string, hashes: readonly string[], given: string): void {
    const scope = `${timestamp.slice(0, 8)}/${region}/${service}/aws4_request`;
    let key = keys.get(scope);
    if (key === undefined) keys.set(scope, (key = scopeKey(secretAccessKey, scope)));
    const text = [`AWS4-HMAC-SHA256-${kind}`, timestamp, scope, previous, ...hashes].join("\n");
    const matches = previous !== undefined && equalInConstantTime(expectedSignature(key, text), given);
    previous = matches ? given : undefined;
    if (!matches) throw new VerifyError("SignatureDoesNotMatch", `The signature of a ${kind.toLowerCase()} is wrong.`);
  }

  if (!claim.timestamp.startsWith(day)) throw new VerifyError("SignatureDoesNotMatch", "The scope is of another day.");
  return {
    chunk: (bytes, signature) => check("PAYLOAD", claim.timestamp, [sha256Hex(""), sha256Hex(bytes)], signature),
    trailer: (lines, signature) => check("TRAILER", claim.timestamp, [sha256Hex(lines)], signature),
    event({ date, payload, signature }) {
      const timestamp = date.toISOString().replace(/[-:]|\.\d{3}/g, "");
      const hex = Array.from(signature, (byte) => byte.toString(16).padStart(2, "0")).join("");
      // A stream may outlive its day: each event is signed with the key of its own.
      check("PAYLOAD", timestamp, [sha256Hex(dateHeader(date)), sha256Hex(payload)], hex);
    },
  };
}

/** The `:date` header as it is signed: name, type 8 (timestamp), milliseconds since the epoch. */
function dateHeader(date: Date): Uint8Array {
  const bytes = new Uint8Array(15);
  bytes.set([5, ...new TextEncoder().encode(":date"), 8]);
  new DataView(bytes.buffer).setBigInt64(7, BigInt(date.getTime()));
  return bytes;
}
