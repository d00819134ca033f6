import { CountersignError } from "@countersign/signer/error";

/** The codes of `CliError`. */
export type CliErrorCode =
  | "USAGE"
  | "INVALID_CONFIG"
  | "FILE_UNREADABLE"
  | "REGION_MISSING"
  | "UNKNOWN_REGION"
  | "MFA_UNATTENDED"
  | "CONSOLE_REFUSED"
  | "CREDENTIALS_MISSING"
  | "DAEMON_UNAVAILABLE";

/** Thrown for a wrong command line, file or configuration, for missing credentials, and for a daemon without an answer. */
export class CliError extends CountersignError<CliErrorCode> {
  static override readonly name: string = "CliError";
}

export function usageError(message: string): CliError {
  return new CliError("USAGE", message);
}
