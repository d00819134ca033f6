import { refreshWindow } from "@countersign/signer";
import type { Client } from "../core/client.ts";
import { SageMakerError } from "../core/error.ts";

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
// AWS's own generator, https://github.com/aws/sagemaker-python-sdk, leaves the query in this order. The signature does
// not depend on it; in the same order the tokens are the same, byte for byte.
const order = ["Action", "Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Security-Token", "Signature"];

/** Makes `bearerToken` and `bearerTokenProvider`. */
export function createBearerTokens({ signer, clock, open }: Client): BearerTokens {
  async function bearerToken(options: BearerTokenOptions = {}): Promise<BearerToken> {
    open();
    const expiresIn = checkSeconds(options.expiresIn);
    const { url, expiresAt } = await signer.presign(presigned, { expiresIn });
    return { token: tokenOf(url), expiresAt };
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

/** A presigned URL without its scheme, and a parameter that is not signed. */
function tokenOf(url: string): string {
  const [address = "", query = ""] = url.slice("https://".length).split("?");
  const rank = (pair: string): number => order.indexOf(pair.slice(0, pair.indexOf("=")).replace("X-Amz-", ""));
  const ordered = query.split("&").toSorted((a, b) => rank(a) - rank(b));
  return prefix + btoa(`${address}?${ordered.join("&")}&Version=1`);
}

function checkSeconds(expiresIn: number = maxSeconds): number {
  if (Number.isInteger(expiresIn) && expiresIn >= 1 && expiresIn <= maxSeconds) return expiresIn;
  throw new SageMakerError("INVALID_OPTION", `expiresIn is ${expiresIn}: pass whole seconds from 1 to ${maxSeconds}.`);
}
