import { inspect } from "node:util";
import type { AwsCredentials } from "@countersign/signer";

/** What a `BrokerCredentials` is made from: temporary credentials always have a token and an expiry. */
export interface TemporaryCredentials extends AwsCredentials {
  readonly sessionToken: string;
  readonly expiration: Date;
}

/**
 * Temporary credentials that do not give themselves away: `console.log`, `JSON.stringify`, spread, `structuredClone`
 * and error reports show the access key id, the account and the expiry, never the secret or the token. Reading
 * `secretAccessKey` and `sessionToken` by name works, so they serve wherever credentials are taken.
 *
 * What copies credentials by spreading loses the secret; hand it `credentials.expose()`.
 */
export class BrokerCredentials implements TemporaryCredentials {
  readonly accessKeyId: string;
  readonly accountId?: string;
  readonly #secretAccessKey: string;
  readonly #sessionToken: string;
  readonly #expiresAt: number;

  constructor(credentials: TemporaryCredentials) {
    this.accessKeyId = credentials.accessKeyId;
    if (credentials.accountId !== undefined) this.accountId = credentials.accountId;
    this.#secretAccessKey = credentials.secretAccessKey;
    this.#sessionToken = credentials.sessionToken;
    this.#expiresAt = credentials.expiration.getTime();
    // One object serves every holder of a role: nobody may change it under the others (external-secrets#2376).
    Object.freeze(this);
  }

  get secretAccessKey(): string {
    return this.#secretAccessKey;
  }

  get sessionToken(): string {
    return this.#sessionToken;
  }

  /** When AWS stops to accept the credentials. A new `Date` each time, since a `Date` can be changed by its holder. */
  get expiration(): Date {
    return new Date(this.#expiresAt);
  }

  /** A plain object with the secrets in the open: for a worker, a child process or a library that copies its input. */
  expose(): TemporaryCredentials {
    return {
      accessKeyId: this.accessKeyId,
      secretAccessKey: this.#secretAccessKey,
      sessionToken: this.#sessionToken,
      expiration: this.expiration,
      ...(this.accountId !== undefined && { accountId: this.accountId }),
    };
  }

  toJSON(): Readonly<Record<string, string>> {
    return {
      accessKeyId: this.accessKeyId,
      ...(this.accountId !== undefined && { accountId: this.accountId }),
      expiration: this.expiration.toISOString(),
    };
  }

  static {
    Object.defineProperty(BrokerCredentials.prototype, inspect.custom, {
      value: function redacted(this: BrokerCredentials): string {
        return `BrokerCredentials ${inspect(this.toJSON())}`;
      },
    });
  }
}
