import {
  type AwsCredentials,
  type Clock,
  type CredentialRejection,
  type CredentialRequest,
  type EventListener,
  type MemoizedProvider,
  createClock,
  memoize,
} from "@countersign/signer";
import { FetchError } from "./error.ts";
import { isLoopback } from "./host-rule.ts";
import type { Fetch } from "./middleware.ts";
import { createTabs } from "./vended/tabs.ts";
import { tokenSubject } from "./vended/token-subject.ts";
import { vend } from "./vended/vend.ts";

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
  const tabs = createTabs(endpoint.href, clock);
  let refusal: { readonly token: string; readonly until: number; readonly error: FetchError } | undefined;
  const turnedDown = new Set<string>();

  const provider = memoize(renew, { clock, onEvent });
  return Object.assign((request?: CredentialRequest) => provider(request), provider, {
    invalidate(rejection: CredentialRejection) {
      turnedDown.add(rejection.accessKeyId);
      provider.invalidate(rejection);
    },
  });

  async function renew(): Promise<AwsCredentials> {
    const token = await getToken();
    if (typeof token !== "string" || !/^[!-~]+$/u.test(token)) {
      throw new FetchError("GRANT_REFUSED", "getToken answered no token: the user has to sign in again.");
    }
    if (refusal?.token === token && clock.monotonic() < refusal.until) throw refusal.error;
    const held = provider.peek();
    return tabs.once(await tokenSubject(token), isBetter, () => ask(token, held));

    function isBetter(theirs: AwsCredentials): boolean {
      return !turnedDown.has(theirs.accessKeyId) && theirs.accessKeyId !== held?.accessKeyId && outlives(theirs, held);
    }
  }

  async function ask(token: string, held: AwsCredentials | undefined): Promise<AwsCredentials> {
    try {
      return await vend({ endpoint, token, send, clock });
    } catch (error) {
      if (error instanceof FetchError && error.code === "GRANT_REFUSED") {
        refusal = { token, until: clock.monotonic() + REFUSED_FOR_MS, error };
        // The broker took the grant back: what it had granted is not used up either.
        if (held !== undefined) {
          turnedDown.add(held.accessKeyId);
          provider.invalidate({ accessKeyId: held.accessKeyId, reason: "revoked" });
        }
      }
      throw error;
    }
  }
}

function outlives(theirs: AwsCredentials, held: AwsCredentials | undefined): boolean {
  return (theirs.expiration?.getTime() ?? 0) > (held?.expiration?.getTime() ?? 0);
}

function vendingEndpoint({ url, grant, getToken }: VendedCredentialsOptions): URL {
  const invalid = (message: string): FetchError => new FetchError("INVALID_OPTION", message);
  if (typeof getToken !== "function") throw invalid("getToken is no function: pass one that answers a bearer token.");
  if (typeof grant !== "string" || !/^[\w.-]{1,128}$/u.test(grant) || /^\.+$/u.test(grant)) {
    throw invalid("grant must be 1 to 128 letters, digits, '.', '_' or '-': the name of a grant of the broker.");
  }
  const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  let base: URL;
  try {
    base = new URL(url, page);
  } catch {
    throw invalid("url cannot be parsed: pass the broker's address, such as https://broker.example.com.");
  }
  if (base.protocol !== "https:" && !(base.protocol === "http:" && isLoopback(base))) {
    throw new FetchError("PLAINTEXT_REFUSED", `${base.host} would see the bearer token over plaintext: use https:.`);
  }
  if (base.username !== "" || base.password !== "" || base.search !== "") {
    throw invalid("url must hold neither a user name nor a query: pass the broker's address alone.");
  }
  const endpoint = new URL(base);
  endpoint.hash = "";
  endpoint.pathname = `${base.pathname.replace(/\/+$/u, "")}/v1/vend/${encodeURIComponent(grant)}`;
  return endpoint;
}
