import {
  type AwsCredentials,
  type Clock,
  type CredentialRejection,
  type CredentialRequest,
  type EventListener,
  type MemoizedProvider,
  createClock,
  memoize,
  words,
} from "@countersign/signer";
import { FetchError } from "../errors/fetch-error.ts";
import { isLoopback } from "../hosts/host-gate.ts";
import type { Fetch } from "../middleware/middleware.ts";
import { createTabs } from "./tabs.ts";
import { vend } from "./vend.ts";
import { endOf } from "./vended-key.ts";

/** What `vendedCredentials` takes. */
export interface VendedCredentialsOptions {
  /** Where the vending broker is served: its address without `/v1/vend`. In a page it may be relative. */
  readonly url: string | URL;
  /** The name of the grant, as the broker's configuration has it. */
  readonly grant: string;
  /** The user's bearer token for the broker: asked for anew at each refresh, and kept nowhere. */
  readonly getToken: () => string | Promise<string>;
  /** Default: `globalThis.fetch`. */
  readonly fetch?: Fetch | undefined;
  /** Default: a new one. Hand the same one to `createSignedFetch`: it is corrected by the broker's answers as well. */
  readonly clock?: Clock | undefined;
  /** Receives `credentials.refresh.*`. */
  readonly onEvent?: EventListener | undefined;
}

/** For this long a token that the broker refused is not shown to it again. */
const REFUSED_FOR_MS = 5000;

/**
 * Makes credentials that a vending broker grants to this user: a provider for any `credentials` option.
 *
 * They live in memory alone and are renewed ahead of their expiry. In browsers one tab renews for all tabs of the same
 * user (Web Locks and BroadcastChannel, where there are any). Vended credentials can outlive the token they were
 * granted for, by the 900 seconds that AWS STS issues at least.
 *
 * @throws FetchError `INVALID_OPTION` at once. The provider rejects with `GRANT_REFUSED` when the broker says no: the
 * token or the grant is expired, unknown or revoked. `VENDING_FAILED` is a failure that may pass.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 * @example
 * const credentials = vendedCredentials({ url: "https://broker.example.com", grant: "chat", getToken });
 * const signed = createSignedFetch({ region: "eu-west-1", credentials });
 */
export function vendedCredentials(options: VendedCredentialsOptions): MemoizedProvider {
  const { getToken, clock = createClock(), onEvent } = options;
  const endpoint = vendingEndpoint(options);
  const send: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const once = createTabs(endpoint.href, clock);
  let refusal: { readonly token: string; readonly until: number; readonly error: FetchError } | undefined;
  const turnedDown = new Set<string>();

  const provider = memoize(renew, { clock, onEvent });
  return Object.assign((request?: CredentialRequest) => provider(request), provider, { invalidate: turnDown });

  function turnDown(rejection: CredentialRejection): void {
    turnedDown.add(rejection.accessKeyId);
    provider.invalidate(rejection);
  }

  async function renew(): Promise<AwsCredentials> {
    const token = await getToken();
    if (typeof token !== "string" || !/^[!-~]+$/.test(token)) {
      throw new FetchError(
        "GRANT_REFUSED",
        words ? "getToken answered no token: the user has to sign in again." : "getToken",
      );
    }
    if (refusal?.token === token && clock.monotonic() < refusal.until) throw refusal.error;
    const held = provider.peek();
    return once(
      token,
      (theirs) => !turnedDown.has(theirs.accessKeyId) && endOf(theirs) > endOf(held),
      () =>
        vend(endpoint, token, send, clock).catch((error: FetchError) => {
          if (error.code === "GRANT_REFUSED") {
            refusal = { token, until: clock.monotonic() + REFUSED_FOR_MS, error };
            // The broker took the grant back: what it had granted is not used up either.
            if (held !== undefined) turnDown({ accessKeyId: held.accessKeyId, reason: "revoked" });
          }
          throw error;
        }),
    );
  }
}

function vendingEndpoint({ url, grant, getToken }: VendedCredentialsOptions): URL {
  const check = (right: boolean, option: string, advice: string | false): void => {
    if (!right) throw new FetchError("INVALID_OPTION", words ? `${option} ${advice}` : option);
  };
  check(typeof getToken === "function", "getToken", words && "is no function: pass one that answers a bearer token.");
  check(
    typeof grant === "string" && /^(?!\.+$)[\w.-]{1,128}$/.test(grant),
    "grant",
    words && "must be 1 to 128 letters, digits, '.', '_' or '-': the name of a grant of the broker.",
  );
  const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  check(
    (url instanceof URL || (typeof url === "string" && url !== "")) && URL.canParse(url, page),
    "url",
    words && "cannot be parsed: pass the broker's address, such as https://broker.example.com.",
  );
  const endpoint = new URL(url, page);
  const { protocol, host, username, password, search, pathname } = endpoint;
  if (protocol !== "https:" && !(protocol === "http:" && isLoopback(endpoint))) {
    throw new FetchError(
      "PLAINTEXT_REFUSED",
      words ? `${host} would see the bearer token over plaintext: use https:.` : host,
    );
  }
  check(
    username + password + search === "",
    "url",
    words && "must hold neither a user name nor a query: pass the broker's address alone.",
  );
  endpoint.hash = "";
  endpoint.pathname = `${pathname.replace(/\/+$/, "")}/v1/vend/${grant}`;
  return endpoint;
}
