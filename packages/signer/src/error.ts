const brand = Symbol.for("countersign.error");

/**
 * The base of every error this project throws: one class per package, each with a closed union of codes.
 *
 * `instanceof` compares a brand, not the constructor, so that it also holds between two installed copies of a package.
 * Messages name the field and the limit and never contain a secret.
 */
export abstract class CountersignError<Code extends string = string> extends Error {
  /** What went wrong, from the closed union of the package. */
  readonly code: Code;

  /**
   * @param kinds the name of the class, preceded by those of its ancestors: given as text because minifiers rename
   * classes.
   */
  constructor(kinds: readonly string[], code: Code, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    Object.defineProperties(this, {
      [brand]: { value: ["CountersignError", ...kinds] },
      name: { value: kinds.at(-1), configurable: true },
    });
  }

  /** The brand under which `instanceof` recognises instances of this class. */
  static readonly kind: string = "CountersignError";

  static override [Symbol.hasInstance](value: unknown): boolean {
    const { [brand]: kinds } = Object(value) as Readonly<Record<symbol, readonly string[] | undefined>>;
    return kinds?.includes(this.kind) === true;
  }
}

/** Everything the signer refuses, by code. */
export type SignerErrorCode =
  | "INVALID_ACCESS_KEY"
  | "INVALID_BODY"
  | "INVALID_DATE"
  | "INVALID_ENDPOINT"
  | "INVALID_EXPIRES_IN"
  | "INVALID_HEADER"
  | "INVALID_METHOD"
  | "INVALID_OPTION"
  | "INVALID_REGION"
  | "INVALID_SERVICE"
  | "INVALID_URL"
  | "CREDENTIALS_EXPIRED"
  | "CREDENTIALS_NOT_READY"
  | "CREDENTIALS_UNAVAILABLE"
  | "EVENT_STREAM_CLOSED"
  | "UNSUPPORTED_RUNTIME";

/** Thrown by `@countersign/signer` when a request cannot or must not be signed. Nothing was signed. */
export class SignerError extends CountersignError<SignerErrorCode> {
  static override readonly kind = "SignerError";

  constructor(code: SignerErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super([SignerError.kind], code, message, options);
  }
}
