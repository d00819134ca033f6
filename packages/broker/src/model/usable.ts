import { type AwsCredentials, checkCredentials } from "@countersign/signer";
import type { BrokerError } from "../errors/error.ts";

/**
 * Passes on credentials that can sign. Others are refused where they were read: a line break in a key, for one, was copied
 * with it, and the place says where.
 *
 * @param named the place and the name of a field there; default: the place, and the field's own name.
 * @throws the error that `refusal` makes of them and the field's rule.
 */
export function usable<Keys extends AwsCredentials>(
  credentials: Keys,
  place: string,
  refusal: (what: string) => BrokerError,
  named: (field: string) => string = (field) => `${place}: ${field}`,
): Keys {
  try {
    checkCredentials(credentials);
  } catch (error) {
    const { message } = error as Error;
    const end = message.indexOf(": ");
    // What a program should do instead stands after a semicolon.
    const [rule = ""] = message.slice(end).split("; ", 1);
    throw refusal(`${named(message.slice(0, end))}${rule}`);
  }
  return credentials;
}
