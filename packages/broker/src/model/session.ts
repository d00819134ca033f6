import type { AwsCredentials } from "@countersign/signer";
import type { StsInput, StsOperation } from "../sts/sts.ts";

/** How a session's fetch asks for the credentials it is signed with. */
export interface SourceRequest {
  readonly signal: AbortSignal;
  /** The access key that STS turned down: another one is wanted. */
  readonly rejected?: string | undefined;
  /** Nobody is there to answer a prompt. */
  readonly background: boolean;
}

/** Where the credentials that sign a session's fetch come from. */
export type SessionSource = (request: SourceRequest) => Promise<AwsCredentials>;

/** One session, ready to be fetched: what a role's spec comes to once it was checked. */
export interface Session {
  /** SHA-256 of `canon`, hex: the key of every cache. */
  readonly key: string;
  /** Its first 12 characters, for events and logs. */
  readonly label: string;
  readonly canon: string;
  readonly tenant: string | undefined;
  /** What a revocation may name to hit this session. */
  readonly subjects: readonly string[];
  readonly operation: StsOperation;
  /** The parameters that the spec itself names. */
  readonly given: StsInput;
  /** All parameters but the duration, tokens and codes. */
  readonly input: StsInput;
  readonly durationSeconds: number;
  readonly clamped?: { readonly requestedSeconds: number; readonly seconds: number } | undefined;
  /** The account that the credentials must belong to, where the spec tells. */
  readonly accountId: string | undefined;
  /** Absent for operations that are not signed. */
  readonly source: SessionSource | undefined;
  /** Whether a person is asked: such a session is never renewed in the background. */
  readonly interactive: boolean;
  /** Whether the principal behind it has a name that other processes know it by. */
  readonly shareable: boolean;
  /** Tags that roles chained from this one inherit. */
  readonly transitiveTagKeys: readonly string[];
  /** The tokens and codes of one call, read anew each time. */
  readonly secrets?: ((signal: AbortSignal) => Promise<StsInput>) | undefined;
}
