import { sha256Hex, toHex } from "#platform/sha256";
import { credentialScope } from "../sigv4/credential-scope.ts";
import { SignerError } from "../errors/error.ts";
import { hmac, type HmacKey } from "../crypto/hmac.ts";
import type { SignedBy } from "../sigv4/request.ts";
import { internalsOf, type Signer } from "../signer/signer.ts";
import { deriveKey, hmacKeyOf } from "../sigv4/signing-key.ts";
import { signingTime } from "../sigv4/signing-time.ts";

/** A signed event: the two headers of the message that carries it. */
export interface SignedEvent {
  /** `:date`, a timestamp header. */
  readonly date: Date;
  /** `:chunk-signature`, a byte array header: 32 bytes. */
  readonly signature: Uint8Array;
  /** Both headers as they are encoded in the message. */
  readonly headers: Uint8Array;
}

/** Signs the events of one stream, each over the signature of the one before. */
export interface EventSigner {
  /** Signs the next event. `payload` is the whole encoded message that the signed one carries. */
  sign(payload: Uint8Array): SignedEvent;
  /** Signs the empty event that ends the stream. Nothing can be signed after it. */
  end(): SignedEvent;
}

/**
 * Signs an event stream, such as the input of InvokeEndpointWithBidirectionalStream, whose request was signed with the
 * payload mode `streaming-events`.
 *
 * The stream keeps the credentials of its request: the service checks the events against those, however long the stream
 * runs (smithy-lang/smithy-typescript#1953).
 *
 * @param seed the signed request, or its signature.
 * @throws SignerError `CREDENTIALS_NOT_READY`; `INVALID_OPTION` for an invalid seed, or one that was signed with other
 * credentials. The returned functions throw `EVENT_STREAM_CLOSED` after the end, and `INVALID_BODY` for a payload that
 * is not a Uint8Array.
 * @see https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html
 *
 * @example
 * const request = await signer.sign({ method: "POST", url, payload: "streaming-events" });
 * const events = signEvents(signer, request);
 * const { headers } = events.sign(message);
 */
export function signEvents(signer: Signer, seed: SignedBy | string): EventSigner {
  const { accessKeyId, secretAccessKey } = internalsOf(signer).cachedCredentials();
  let prior = seedOf(seed, accessKeyId);
  let ended = false;
  let key = deriveFor(signer.clock.now());

  /** The signing key of one day. */
  function deriveFor(now: number): { readonly scope: string; readonly hmacKey: HmacKey } {
    const scope = credentialScope(signingTime(new Date(now)).slice(0, 8), signer.region, signer.service);
    return { scope, hmacKey: hmacKeyOf(deriveKey(secretAccessKey, scope)) };
  }

  function sign(payload: Uint8Array): SignedEvent {
    if (ended)
      throw new SignerError("EVENT_STREAM_CLOSED", "events: the stream has ended; nothing follows the empty event");
    if (!(payload instanceof Uint8Array)) throw new SignerError("INVALID_BODY", "payload: must be a Uint8Array");
    const now = signer.clock.now();
    const date = new Date(now);
    const timestamp = signingTime(date);
    if (!key.scope.startsWith(timestamp.slice(0, 8))) key = deriveFor(now);
    const dated = dateHeader(date);
    const hashes = `${sha256Hex(dated)}\n${sha256Hex(payload)}`;
    const toSign = `AWS4-HMAC-SHA256-PAYLOAD\n${timestamp}\n${key.scope}\n${prior}\n${hashes}`;
    const signature = hmac(key.hmacKey, toSign);
    prior = toHex(signature);
    return { date, signature, headers: Uint8Array.of(...dated, ...signatureHeader(signature)) };
  }

  return {
    sign,
    end() {
      const last = sign(new Uint8Array());
      ended = true;
      return last;
    },
  };
}

function seedOf(seed: SignedBy | string, accessKeyId: string): string {
  const { signature, accessKeyId: signedBy = accessKeyId } = (
    typeof seed === "string" ? { signature: seed } : Object(seed)
  ) as Partial<SignedBy>;
  if (typeof signature !== "string" || !/^[\da-f]{64}$/.test(signature)) {
    throw new SignerError(
      "INVALID_OPTION",
      "seed: must be a request that the signer signed, or its signature of 64 hexadecimal digits",
    );
  }
  if (signedBy !== accessKeyId) {
    throw new SignerError("INVALID_OPTION", "seed: was signed with other credentials than the signer has now");
  }
  return signature;
}

// https://smithy.io/2.0/aws/amazon-eventstream.html: name length, name, type, value.
function dateHeader(date: Date): Uint8Array {
  const bytes = new Uint8Array(15);
  bytes.set(header(":date", 8));
  new DataView(bytes.buffer).setBigInt64(7, BigInt(date.getTime()));
  return bytes;
}

function signatureHeader(signature: Uint8Array): Uint8Array {
  return Uint8Array.of(...header(":chunk-signature", 6), 0, signature.length, ...signature);
}

function header(name: string, type: number): Uint8Array {
  return Uint8Array.of(name.length, ...new TextEncoder().encode(name), type);
}
