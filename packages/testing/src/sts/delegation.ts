import type { AccessKey } from "../iam/access-keys.ts";

/** What a trade-in token stands for: the session of a role whose owner delegated it. */
export interface Delegation {
  readonly roleArn: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Opens the session. */
  open(): AccessKey;
}
