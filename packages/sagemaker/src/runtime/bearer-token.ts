import { refreshWindow } from "@countersign/signer";
import { checkOptions, optional, wholeNumber } from "@countersign/signer/options";
import type { Client } from "../core/client.ts";
import { SageMakerError } from "../core/error.ts";
import { refuseOption } from "../core/refuse-option.ts";

/** Options of `bearerToken` and `bearerTokenProvider`. */
export interface BearerTokenOptions {
  /** How long the token should work, in seconds: 1 to 43,200. Default: 43,200 (12 hours). */
  readonly expiresIn?: number | undefined;
}

/** A token and its expiry. */
export interface BearerToken {
  readonly token: string;
  /** The earlier of the wished expiry and the end of the credentials that made the token. */
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
// The query in the order of AWS's own generator, https://github.com/aws/sagemaker-python-sdk, so that the tokens are the
// same byte for byte. The signature does not depend on the order.
const order = ["Action", "Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Security-Token", "Signature"];
/** How often a token is made again because the credentials changed meanwhile. */
const maxTries = 3;

/** Makes `bearerToken` and `bearerTokenProvider`. */
export function createBearerTokens({ signer, clock, open }: Client): BearerTokens {
  async function present(expiresIn: number): Promise<BearerToken> {
    open();
    const { url, expiresAt } = await signer.presign(presigned, { expiresIn, signal: undefined });
    return { token: tokenOf(url), expiresAt };
  }

  async function bearerToken(options?: BearerTokenOptions): Promise<BearerToken> {
    return present(secondsOf(options));
  }

  function bearerTokenProvider(options?: BearerTokenOptions): () => Promise<string> {
    const expiresIn = secondsOf(options);
    let cached: (BearerToken & { readonly accessKeyId: string; readonly renewAt: number }) | undefined;
    let flight: { readonly accessKeyId: string; readonly token: Promise<string> } | undefined;

    // A token belongs to the credentials that made it. It is asked for under the key that is valid now, and cached only
    // when that key was the same before and after: a token of one principal never reaches the next one.
    async function renew(accessKeyId: string): Promise<string> {
      for (let tries = 1, before = accessKeyId; tries <= maxTries; tries++) {
        const madeAt = clock.now();
        const made = await present(expiresIn);
        const after = (await signer.credentials()).accessKeyId;
        if (after === before) {
          const end = made.expiresAt.getTime();
          cached = { ...made, accessKeyId: after, renewAt: end - refreshWindow(end - madeAt).advisoryMs };
          return made.token;
        }
        before = after;
      }
      throw new SageMakerError("CREDENTIALS_CHANGED", "the credentials changed while a token was made: call again");
    }

    function renewOnce(accessKeyId: string): Promise<string> {
      if (flight?.accessKeyId === accessKeyId) return flight.token;
      const started = { accessKeyId, token: renew(accessKeyId) };
      flight = started;
      const land = (): void => {
        if (flight === started) flight = undefined;
      };
      started.token.then(land, land);
      return started.token;
    }

    return async function token() {
      open();
      const { accessKeyId } = await signer.credentials();
      const own = cached?.accessKeyId === accessKeyId ? cached : undefined;
      if (own !== undefined && clock.now() < own.renewAt) return own.token;
      const renewing = renewOnce(accessKeyId);
      // While the cached token still works, a failed renewal is left to the next call.
      return own !== undefined && clock.now() < own.expiresAt.getTime() ? renewing.catch(() => own.token) : renewing;
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

function secondsOf(options?: BearerTokenOptions): number {
  const shapes = { expiresIn: optional(wholeNumber(1, maxSeconds, "seconds")) };
  return checkOptions<BearerTokenOptions>(options, shapes, refuseOption).expiresIn ?? maxSeconds;
}
