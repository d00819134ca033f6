/** botocore renews from 15 minutes before expiry (its advisory window): sessions must be valid for longer than that. */
export const SDK_TTL_MS: number = 16 * 60_000;
