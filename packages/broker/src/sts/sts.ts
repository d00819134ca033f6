import type { AwsCredentials } from "@countersign/signer";

/** The operations of STS that issue credentials or tokens. */
export type StsOperation =
  | "AssumeRole"
  | "AssumeRoleWithWebIdentity"
  | "AssumeRoleWithSAML"
  | "GetSessionToken"
  | "GetFederationToken"
  | "AssumeRoot"
  | "GetWebIdentityToken";

/** Parameters by the names of the API. */
export type StsInput = Readonly<Record<string, unknown>>;

/** The context of one call besides its parameters. */
export interface StsContext {
  readonly region: string;
  /** Absent: the request is not signed. */
  readonly credentials: AwsCredentials | undefined;
  readonly signal: AbortSignal;
}

/** The answer of STS as received, before any check. */
export interface StsAnswer {
  readonly Credentials?:
    | {
        readonly AccessKeyId?: string | undefined;
        readonly SecretAccessKey?: string | undefined;
        readonly SessionToken?: string | undefined;
        readonly Expiration?: Date | undefined;
      }
    | undefined;
  readonly SourceIdentity?: string | undefined;
  /** Of GetWebIdentityToken, with its own expiration. */
  readonly WebIdentityToken?: string | undefined;
  readonly Expiration?: Date | undefined;
  readonly AssumedRoleUser?: { readonly Arn?: string | undefined } | undefined;
  /** The answer's `Date` header. */
  readonly date?: Date | undefined;
}

/** One request to STS, without retry and cache. Every call of the broker goes through it. */
export type Sts = (operation: StsOperation, input: StsInput, context: StsContext) => Promise<StsAnswer>;
