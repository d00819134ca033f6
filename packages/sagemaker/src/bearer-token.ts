import { refreshWindow } from "@countersign/signer";
import { base64 } from "./base64.ts";
import type { Context } from "./context.ts";
import { SageMakerError } from "./error.ts";

/** What a token may be asked for. */
export interface BearerTokenOptions {
  /** How long it should work, in seconds: 1 to 43,200. Default: 43,200 (12 hours). */
  readonly expiresIn?: number | undefined;
}

/** A token and its true end. */
export interface BearerToken {
  readonly token: string;
  /** The earlier of what was asked for and the end of the credentials it was made with. */
  readonly expiresAt: Date;
}

/** The token operations of a client. */
export interface BearerTokens {
  readonly bearerToken: (options?: BearerTokenOptions) => Promise<BearerToken>;
  readonly bearerTokenProvider: (options?: BearerTokenOptions) => () => Promise<string>;
}

const maxSeconds = 43_200;
// One address for all regions; the region is in the credential scope.
const presigned = { method: "POST", url: "https://sagemaker.amazonaws.com/?Action=CallWithBearerToken" } as const;
const prefix = "sagemaker-api-key-";

/** Makes `bearerToken` and `bearerTokenProvider`. */
export function createBearerTokens({ signer, clock, open }: Context): BearerTokens {
  async function bearerToken(options: BearerTokenOptions = {}): Promise<BearerToken> {
    open();
    const expiresIn = checkSeconds(options.expiresIn);
    const { url, expiresAt } = await signer.presign(presigned, { expiresIn });
    // A presigned URL without its scheme; Version is not signed.
    const token = `${prefix}${base64(new TextEncoder().encode(`${url.slice("https://".length)}&Version=1`))}`;
    return { token, expiresAt };
  }

  function bearerTokenProvider(options: BearerTokenOptions = {}): () => Promise<string> {
    checkSeconds(options.expiresIn);
    let held: (BearerToken & { readonly renewAt: number }) | undefined;
    let renewing: Promise<string> | undefined;

    async function renew(): Promise<string> {
      const madeAt = clock.now();
      const made = await bearerToken(options);
      const end = made.expiresAt.getTime();
      held = { ...made, renewAt: end - refreshWindow(end - madeAt).advisoryMs };
      return made.token;
    }

    return function token() {
      const now = clock.now();
      if (held !== undefined && now < held.renewAt) return Promise.resolve(held.token);
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      const usable = held !== undefined && now < held.expiresAt.getTime() ? held.token : undefined;
      // While the token held still works, a source that fails is the next caller's concern.
      return usable === undefined ? renewing : renewing.catch(() => usable);
    };
  }

  return { bearerToken, bearerTokenProvider };
}

function checkSeconds(expiresIn: number = maxSeconds): number {
  if (Number.isInteger(expiresIn) && expiresIn >= 1 && expiresIn <= maxSeconds) return expiresIn;
  throw new SageMakerError("INVALID_OPTION", `expiresIn is ${expiresIn}: pass whole seconds from 1 to ${maxSeconds}.`);
}
