import { type AwsCredentials, checkCredentials } from "@countersign/signer";
import { own } from "../call/own.ts";

/**
 * Reads credentials from a broker's answer or another tab's message; `undefined` when a part is missing or cannot
 * sign, or when reading fails: the answer is not JSON, or the expiration is a BigInt.
 *
 * Secret and token are not enumerable, so that no log, no JSON and no copy by spreading contains them. A descriptor
 * that inherits would read `enumerable` from a polluted `Object.prototype`.
 */
export function vendedKey(read: () => unknown): AwsCredentials | undefined {
  try {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = own<Record<string, unknown>>(read() as object);
    const ends = new Date(expiration as string | Date);
    if (sessionToken && +ends > 0) {
      return checkCredentials(
        Object.freeze(
          Object.defineProperties({ accessKeyId, expiration: ends } as AwsCredentials, {
            secretAccessKey: own({ value: secretAccessKey }),
            sessionToken: own({ value: sessionToken }),
          }),
        ),
      );
    }
  } catch {
    // As if a part were missing.
  }
  return undefined;
}

/** When credentials end, in milliseconds since the epoch; 0 for absent credentials. */
export function endOf(credentials: AwsCredentials | undefined): number {
  return credentials?.expiration?.getTime() ?? 0;
}
