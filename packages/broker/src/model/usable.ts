import { type AwsCredentials, checkCredentials } from "@countersign/signer";
import type { BrokerError } from "../errors/error.ts";

/**
 * Passes on credentials that can sign. Others are refused where they were read: a line break in a key, for one, was copied
 * with it, and the place says where.
 *
 * @throws the error that `refusal` makes of the place, the field and its rule.
 */
export function usable<Keys extends AwsCredentials>(
  credentials: Keys,
  place: string,
  refusal: (what: string) => BrokerError,
): Keys {
  try {
    checkCredentials(credentials);
  } catch (error) {
    throw refusal(`${place}: ${(error as Error).message}`);
  }
  return credentials;
}
