import { text } from "@countersign/signer/options";
import { inspect } from "node:util";
import { refuseOption } from "../errors/refuse.ts";

/**
 * A token that tells a service outside AWS who the caller is. `console.log`, `JSON.stringify` and spread show its expiry
 * only; read `token` by name.
 */
export class WebIdentityToken {
  readonly #token: string;
  readonly #expiresAt: number;

  constructor(token: string, expiresAt: Date) {
    text(token, "token", refuseOption);
    if (!Number.isFinite((expiresAt as Partial<Date> | undefined)?.getTime?.())) {
      refuseOption("expiresAt: must be a valid Date", "expiresAt");
    }
    this.#token = token;
    this.#expiresAt = expiresAt.getTime();
    Object.freeze(this);
  }

  /** A signed JSON Web Token; its verifier finds the keys at the issuer that the claim `iss` names. */
  get token(): string {
    return this.#token;
  }

  get expiresAt(): Date {
    return new Date(this.#expiresAt);
  }

  toJSON(): Readonly<Record<string, string>> {
    return { expiresAt: this.expiresAt.toISOString() };
  }

  static {
    // A descriptor that inherits would read `get` and `set` of a polluted `Object.prototype`.
    Object.defineProperty(WebIdentityToken.prototype, inspect.custom, {
      __proto__: null,
      value: function redacted(this: WebIdentityToken): string {
        return `WebIdentityToken ${inspect(this.toJSON())}`;
      },
    } as object);
  }
}
