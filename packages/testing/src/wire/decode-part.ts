import { AwsError } from "./aws-error.ts";

/**
 * A part of a path, decoded.
 *
 * @throws {AwsError} `ValidationException` for an escape such as `%zz` and for bytes that are not UTF-8.
 */
export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new AwsError("ValidationException", "The path holds an invalid escape.");
  }
}
