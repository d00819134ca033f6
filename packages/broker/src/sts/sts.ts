import type { AwsCredentials } from "@countersign/signer";

/** The operations of STS that issue credentials. */
export type StsOperation =
  | "AssumeRole"
  | "AssumeRoleWithWebIdentity"
  | "AssumeRoleWithSAML"
  | "GetSessionToken"
  | "GetFederationToken"
  | "AssumeRoot";

/** Parameters by the names of the API. */
export type StsInput = Readonly<Record<string, unknown>>;

/** What one call needs besides its parameters. */
export interface StsContext {
  readonly region: string;
  /** Absent: the request is not signed. */
  readonly credentials: AwsCredentials | undefined;
  readonly signal: AbortSignal;
}

/** What STS answered, as received: nothing in it is trusted yet. */
export interface StsAnswer {
  readonly Credentials?:
    | {
        readonly AccessKeyId?: string | undefined;
        readonly SecretAccessKey?: string | undefined;
        readonly SessionToken?: string | undefined;
        readonly Expiration?: Date | undefined;
      }
    | undefined;
  readonly AssumedRoleUser?: { readonly Arn?: string | undefined } | undefined;
  /** The answer's `Date` header. */
  readonly date?: Date | undefined;
}

/** One request to STS: no retry, no cache. The only way the broker reaches it. */
export type Sts = (operation: StsOperation, input: StsInput, context: StsContext) => Promise<StsAnswer>;
