import type { AwsCredentials, Clock } from "@countersign/signer";
import type { Transport } from "@countersign/transport";
import type { ConfigFiles, Env } from "./shared-config/shared-files.ts";

/** Options that every source takes. */
export interface SourceOptions {
  /** Sends every request of the source over TLS. */
  readonly transport: Pick<Transport, "request" | "requestHandler">;
  /** The Region of STS where neither the environment nor the profile names one. Default: none. */
  readonly region?: string | undefined;
  /** Default: `process.env`. */
  readonly env?: Env | undefined;
  /** The paths of the shared files. Default: those of the environment. */
  readonly files?: ConfigFiles | undefined;
  /** Default: `createClock()`. */
  readonly clock?: Clock | undefined;
  /** Asks for the code of an MFA device, by its serial number. Default: a profile with `mfa_serial` is an error. */
  readonly mfaCode?: ((serialNumber: string) => string | Promise<string>) | undefined;
}

/** Options with their defaults, as the parts of a source share them. */
export interface SourceContext extends SourceOptions {
  readonly env: Env;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly forceRefresh: boolean;
}

/** One way to credentials. It reads files and variables anew on each call. */
export type Find = (context: SourceContext) => Promise<AwsCredentials>;
