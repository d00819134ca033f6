import { inspect } from "node:util";
import { type AwsCredentials, checkCredentials } from "@countersign/signer";
import { own } from "@countersign/signer/options";
import { refuseOption } from "../errors/refuse.ts";

/** Temporary credentials: they always have a token and an expiry. */
export interface TemporaryCredentials extends AwsCredentials {
  readonly sessionToken: string;
  readonly expiration: Date;
}

/**
 * Temporary credentials with redaction: `console.log`, `JSON.stringify`, spread, `structuredClone` and error reports
 * show the access key id, the account and the expiry, never the secret or the token. Reading `secretAccessKey` and
 * `sessionToken` by name works, so every API that takes credentials takes these.
 *
 * Code that copies credentials by spreading loses the secret; give it `credentials.expose()`.
 */
export class BrokerCredentials implements TemporaryCredentials {
  readonly accessKeyId: string;
  readonly accountId?: string;
  readonly #secretAccessKey: string;
  readonly #sessionToken: string;
  readonly #expiresAt: number;

  constructor(credentials: TemporaryCredentials) {
    checkCredentials(credentials);
    const [expiration, sessionToken] = [own(credentials, "expiration"), own(credentials, "sessionToken")];
    if (expiration === undefined || typeof sessionToken !== "string" || sessionToken === "") {
      refuseOption("credentials: must be temporary, with a session token and an expiration", "credentials");
    }
    this.accessKeyId = credentials.accessKeyId;
    const accountId = own(credentials, "accountId");
    if (accountId !== undefined) this.accountId = accountId;
    this.#secretAccessKey = credentials.secretAccessKey;
    this.#sessionToken = sessionToken;
    this.#expiresAt = expiration.getTime();
    // One object serves all callers of a role, so no caller may change it (external-secrets#2376).
    Object.freeze(this);
  }

  get secretAccessKey(): string {
    return this.#secretAccessKey;
  }

  get sessionToken(): string {
    return this.#sessionToken;
  }

  /** When AWS stops accepting the credentials. A new `Date` each time, since callers can change a `Date`. */
  get expiration(): Date {
    return new Date(this.#expiresAt);
  }

  /** A plain object that includes the secrets, for a worker, a child process or a library that copies its input. */
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
    // A descriptor that inherits would read `get` and `set` of a polluted `Object.prototype`.
    Object.defineProperty(BrokerCredentials.prototype, inspect.custom, {
      __proto__: null,
      value: function redacted(this: BrokerCredentials): string {
        return `BrokerCredentials ${inspect(this.toJSON())}`;
      },
    } as object);
  }
}
