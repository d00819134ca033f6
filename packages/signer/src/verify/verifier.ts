import type { Clock } from "../clock/clock.ts";
import type { PayloadForm } from "./expected-payload.ts";
import type { PathReading } from "./expected-request.ts";
import type { ReceivedRequest } from "./received-request.ts";
import type { SignatureChain } from "./signature-chain.ts";

/** The secret of an access key, and what belongs to it. */
export interface KnownKey<Principal = unknown> {
  readonly secretAccessKey: string;
  /** The token of temporary credentials: the request must carry exactly this one. */
  readonly sessionToken?: string | undefined;
  /** From here on the key is refused with `ExpiredToken`. */
  readonly expiration?: Date | undefined;
  /** Handed back with the verified request. */
  readonly principal?: Principal | undefined;
}

/** Settings of `createVerifier`. */
export interface VerifierOptions<Principal = unknown> extends Partial<PathReading> {
  /** Looks up an access key; `undefined`: unknown. An error that it throws passes through. */
  readonly resolve: (accessKeyId: string) => Promise<KnownKey<Principal> | undefined>;
  /** Regions a request may be scoped to. Default: any. */
  readonly region?: string | readonly string[] | undefined;
  /** Services a request may be scoped to. Default: any. */
  readonly service?: string | readonly string[] | undefined;
  /** Default: `createClock()`. */
  readonly clock?: Clock | undefined;
  /** How far the signer's clock may be off, in milliseconds, both ways. Default: 300,000. */
  readonly maxSkewMs?: number | undefined;
  /** Whether bodies may stay unsigned. Default: only for Amazon S3, as with AWS. */
  readonly unsignedPayload?: "allow" | "refuse" | undefined;
  /**
   * Remembers signatures until `expiresAt` (milliseconds since the epoch) and says whether it has seen one: each
   * request is then accepted once.
   */
  readonly replay?: { readonly seen: (signature: string, expiresAt: number) => boolean | Promise<boolean> } | undefined;
}

/** A verified request. */
export interface VerifiedRequest<Principal = unknown> {
  readonly accessKeyId: string;
  readonly principal: Principal | undefined;
  /** Region of the credential scope. */
  readonly region: string;
  readonly service: string;
  /** The host it was signed for. */
  readonly host: string;
  readonly form: "header" | "query";
  readonly date: Date;
  /** When the signature ceases to be accepted. */
  readonly expiresAt: Date;
  /** Lower-case names of the signed headers. Trust no other header. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** Whether and how the body is covered. */
  readonly payload: PayloadForm;
  /** The last line of the canonical request: the hash of the body, or the word that stands for it. */
  readonly payloadHash: string;
  /** The body; of an `aws-chunked` body the decoded data. `undefined` when it was not given. */
  readonly body: Uint8Array | undefined;
  /** Of an `aws-chunked` body that has some. */
  readonly trailers?: Readonly<Record<string, string>>;
  /** With `streaming-signed*` and `streaming-events`: verifies the parts of a body that was not given. */
  readonly chain?: SignatureChain;
}

/** Verifies requests. `verify` is the function itself. */
export interface Verifier<Principal = unknown> {
  (request: ReceivedRequest): Promise<VerifiedRequest<Principal>>;
  verify(request: ReceivedRequest): Promise<VerifiedRequest<Principal>>;
}
