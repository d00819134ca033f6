import type { AwsCredentials } from "@countersign/signer";

/** Credentials whose secrets no log, no JSON and no copy by spreading shows: they are there only for who names them. */
export function vendedKey(
  accessKeyId: string,
  secretAccessKey: string,
  sessionToken: string,
  expiration: Date,
): AwsCredentials {
  return Object.freeze(
    Object.defineProperties({ accessKeyId, expiration } as AwsCredentials, {
      secretAccessKey: { value: secretAccessKey },
      sessionToken: { value: sessionToken },
    }),
  );
}
