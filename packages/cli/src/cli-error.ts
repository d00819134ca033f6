import { CountersignError } from "@countersign/signer/error";

/** What the command line itself refuses. */
export type CliErrorCode = "USAGE" | "INVALID_CONFIG" | "FILE_UNREADABLE" | "REGION_MISSING" | "CREDENTIALS_MISSING";

/** Thrown for a command line, a file or a configuration that cannot be understood; exits with 2, or 3 for credentials. */
export class CliError extends CountersignError<CliErrorCode> {
  static override readonly name: string = "CliError";
}

export function usageError(message: string): CliError {
  return new CliError("USAGE", message);
}
