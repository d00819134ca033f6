import { words } from "#words";

export { words } from "#words";

const brand = Symbol.for("countersign.error");

/**
 * The base of every error this project throws: one class per package, each with a closed union of codes.
 *
 * `instanceof` compares a brand, not the constructor, so that it also holds between two installed copies of a package.
 * Messages name the field and the limit and never contain a secret. Where `words` is true they also say what to do.
 */
export abstract class CountersignError<Code extends string = string> extends Error {
  /** What went wrong, from the closed union of the package. */
  readonly code: Code;

  constructor(code: Code, message: string, options?: { readonly cause?: unknown }) {
    super(words ? (typeof message === "string" ? message : "") : `${code} ${message}`, options);
    this.code = code;
    const kinds: string[] = [];
    for (let type: { readonly name: string } = new.target; type !== Error; type = Object.getPrototypeOf(type)) {
      kinds.push(type.name);
    }
    // A descriptor that inherits would read a polluted `Object.prototype`.
    Object.defineProperty(this, brand, { __proto__: null, value: kinds } as object);
  }

  /** `util.inspect` and loggers print the name of the constructor, which minifiers change: so it is set as text. */
  static override readonly name: string = "CountersignError";

  override get name(): string {
    return this.constructor.name;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return Object(value)[brand]?.includes(this.name) === true;
  }
}

/** Everything the signer refuses, by code. */
export type SignerErrorCode =
  | "INVALID_ACCESS_KEY"
  | "INVALID_BODY"
  | "INVALID_CERTIFICATE"
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
  static override readonly name: string = "SignerError";
}
