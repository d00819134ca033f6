import type { AwsCredentials } from "@countersign/signer";

/**
 * Reads credentials that a broker vended, as its answer or another tab has them; `undefined` when something is missing.
 *
 * No log, no JSON and no copy by spreading shows their secrets: they are there only for who names them.
 */
export function vendedKey(fields: unknown): AwsCredentials | undefined {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = Object(fields) as Readonly<
    Record<string, unknown>
  >;
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

/** When credentials end, in milliseconds since the epoch; none have ended long ago. */
export function endOf(credentials: AwsCredentials | undefined): number {
  return credentials?.expiration?.getTime() ?? 0;
}
