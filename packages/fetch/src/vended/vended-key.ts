import type { AwsCredentials } from "@countersign/signer";
import { own } from "../call/own.ts";

/**
 * Reads credentials from a broker's answer or another tab's message; `undefined` when a part is missing.
 *
 * Secret and token are not enumerable, so that no log, no JSON and no copy by spreading contains them.
 */
export function vendedKey(fields: unknown): AwsCredentials | undefined {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = own<Record<string, unknown>>(Object(fields));
  const ends = new Date(expiration as string | Date);
  const texts = [accessKeyId, secretAccessKey, sessionToken];
  if (!texts.every((text) => typeof text === "string" && text !== "") || !(ends.getTime() > 0)) return undefined;
  return Object.freeze(
    Object.defineProperties({ accessKeyId, expiration: ends } as AwsCredentials, {
      secretAccessKey: { value: secretAccessKey },
      sessionToken: { value: sessionToken },
    }),
  );
}

/** When credentials end, in milliseconds since the epoch; 0 for absent credentials. */
export function endOf(credentials: AwsCredentials | undefined): number {
  return credentials?.expiration?.getTime() ?? 0;
}
