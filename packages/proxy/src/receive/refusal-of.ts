import { CountersignError } from "@countersign/signer";
import { VerifyError } from "@countersign/signer/verify";
import { Refusal } from "../refusal.ts";

/**
 * Turns an error of the verifier into a refusal. The verifier has AWS's codes, and its messages contain nothing of the
 * key.
 */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof VerifyError) return new Refusal(error.httpStatus, error.code, error.message);
  if (error instanceof CountersignError)
    return new Refusal(400, "ValidationException", "The signature of the request cannot be read.");
  throw error;
}
