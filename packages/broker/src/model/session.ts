import type { AwsCredentials } from "@countersign/signer";
import type { StsInput, StsOperation } from "../sts/sts.ts";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: role chaining limits a session to an hour. */
export const MAX_CHAINED_SECONDS = 3600;

/** A fetch's request for the credentials that sign it. */
export interface SourceRequest {
  readonly signal: AbortSignal;
  /** The access key that STS rejected: the source must return another. */
  readonly rejected?: string | undefined;
  /** No person can answer a prompt. */
  readonly background: boolean;
}

/** Where the credentials that sign a session's fetch come from. */
export type SessionSource = (request: SourceRequest) => Promise<AwsCredentials>;

/** One session, ready to be fetched: made from a checked spec. */
export interface Session {
  /** SHA-256 of `canon`, in hex: the cache key. */
  readonly key: string;
  /** Its first 12 characters, for events and logs. */
  readonly label: string;
  readonly canon: string;
  /** The tenant, of its issuer, whose share of the limits it uses. */
  readonly share: string | undefined;
  /** The subjects of revocations that match this session. */
  readonly subjects: readonly string[];
  readonly operation: StsOperation;
  /** The parameters that the spec itself names, and the principal as far as the spec says more of it than a profile does. */
  readonly given: StsInput;
  /** All parameters except the duration, tokens and codes. */
  readonly input: StsInput;
  readonly durationSeconds: number;
  readonly clamped?: { readonly requestedSeconds: number; readonly seconds: number } | undefined;
  /** The account that the credentials must belong to, where the spec names one. */
  readonly accountId: string | undefined;
  /** Absent for operations that are not signed. */
  readonly source: SessionSource | undefined;
  /** Whether a person must enter a code. Such a session is never renewed in the background. */
  readonly interactive: boolean;
  /** Whether other processes know the principal by the same id. */
  readonly shareable: boolean;
  /** Whether another session signs its fetch. */
  readonly isChained: boolean;
  /** Tags that roles chained from this one inherit. */
  readonly transitiveTagKeys: readonly string[];
  /** Reads the tokens and codes of one call. */
  readonly secrets?: ((signal: AbortSignal) => Promise<StsInput>) | undefined;
}
