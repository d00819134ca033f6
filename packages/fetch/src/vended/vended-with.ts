import {
  type AwsCredentials,
  type Clock,
  type CredentialRejection,
  type CredentialRequest,
  type EventListener,
  type MemoizedProvider,
  unlessAborted,
  words,
} from "@countersign/signer";
import {
  callable,
  checkOptions,
  optional,
  type Shape,
  shape,
  type Shapes,
  unchecked,
} from "@countersign/signer/options";
import { checkRejection, checkWish } from "#platform/check-parts";
import { fetchOf } from "#platform/send-globally";
import { own } from "../call/own.ts";
import { refuse, refuseOption } from "../errors/fetch-error.ts";
import type { Fetch } from "../middleware/middleware.ts";
import { principalOf } from "./principal.ts";
import { createSession, type Session, type SessionParts } from "./session.ts";
import { vendingEndpoint } from "./vending-endpoint.ts";

/** Options of `vendedCredentials`. */
export interface VendedCredentialsOptions {
  /** Where the vending broker is served: its address without `/v1/vend`. In a page it may be relative. */
  readonly url: string | URL;
  /** The name of the grant in the broker's configuration. */
  readonly grant: string;
  /**
   * The user's bearer token for the broker, or `undefined` when the user is signed out. It is called before each
   * asynchronous use of the credentials, so let it read a variable. It must not call `signOut()`, after which it is asked
   * again. `signSync` needs the token itself, not a promise.
   */
  readonly getToken: () => string | undefined | Promise<string | undefined>;
  /** Default: `globalThis.fetch`. */
  readonly fetch?: Fetch | undefined;
  /** Default: a new one, which the broker's answers correct. `createSignedFetch` signs by it, too. */
  readonly clock?: Clock | undefined;
  /** Receives `credentials.refresh.*`. */
  readonly onEvent?: EventListener | undefined;
}

/** Credentials of a user's grant: a provider for every `credentials` option. */
export interface VendedCredentials extends MemoizedProvider {
  /** The clock that the broker's answers correct. `createSignedFetch` signs by it. Absent in the small form. */
  readonly clock?: Clock | undefined;
  /** Forgets the credentials at once. The next use asks `getToken` again. */
  signOut(): void;
}

const shapes: Shapes<VendedCredentialsOptions> = {
  getToken: callable,
  grant: shape(
    words && "1 to 128 letters, digits, '.', '_' or '-': the name of a grant of the broker",
    (value) => typeof value === "string" && /^(?!\.+$)[\w.-]{1,128}$/.test(value),
  ),
  // Checked with the grant, as one address.
  url: unchecked,
  fetch: optional(callable),
  // Set by the entry point.
  clock: unchecked,
  onEvent: optional(callable),
};

/** What an entry point makes of the options `clock` and `onEvent`: the small form makes less of them. */
export type MakeParts = (
  clock: Clock | undefined,
  onEvent: EventListener | undefined,
) => Pick<SessionParts, "clock" | "cached" | "learn">;

/** Makes vended credentials. @param clockShape checks the `clock` option. */
export function vendedWith(options: VendedCredentialsOptions, clockShape: Shape, make: MakeParts): VendedCredentials {
  const given = checkOptions(options, { ...shapes, clock: clockShape }, refuseOption);
  const { getToken } = given;
  const asking: SessionParts = {
    endpoint: vendingEndpoint(given.url, given.grant),
    send: fetchOf(given.fetch),
    ...make(given.clock, given.onEvent),
  };
  let session: Session | undefined;
  let asked = 0;
  let answered = 0;

  /** Makes the session of the token's principal the current one. */
  function enter(token: unknown): Session {
    const isToken = typeof token === "string" && /^[!-~]+$/.test(token);
    const principal = isToken ? principalOf(token) : undefined;
    if (session?.principal !== principal) leave();
    if (principal === undefined) {
      return refuse("GRANT_REFUSED", words ? "getToken: must answer a bearer token; let the user sign in" : "getToken");
    }
    session ??= createSession(principal, asking);
    session.useToken(token as string);
    return session;
  }

  function leave(): void {
    session?.endSession();
    session = undefined;
  }

  async function current(signal: AbortSignal | undefined): Promise<Session> {
    for (;;) {
      const number = ++asked;
      const token = await unlessAborted(getToken(), signal);
      // A later question may be answered first: then this answer is out of date.
      if (number < answered) continue;
      answered = number;
      return enter(token);
    }
  }

  async function provide(request?: CredentialRequest): Promise<AwsCredentials> {
    checkWish(request);
    const wish = own<CredentialRequest>(request);
    const { signal } = wish;
    signal?.throwIfAborted();
    const mine = await current(signal);
    const renewals = mine.renewals();
    try {
      return await mine.provider(wish);
    } finally {
      // A renewal takes time, in which the user may have changed.
      if (mine.renewals() !== renewals && session === mine) await current(signal);
      if (session !== mine) {
        refuse(
          "GRANT_REFUSED",
          words
            ? "getToken: must answer the same user's token until the request is signed; send the request again"
            : "getToken",
        );
      }
    }
  }

  /** Only a token that is there at once can tell that the user has not changed. */
  function peek(): AwsCredentials | undefined {
    try {
      const token: unknown = getToken();
      if (Object(token) === token) {
        void Promise.resolve(token).catch(() => {});
        return undefined;
      }
      answered = ++asked;
      return enter(token).provider.peek();
    } catch {
      return undefined;
    }
  }

  return Object.assign(provide, {
    memoized: true as const,
    peek,
    invalidate(rejection: CredentialRejection) {
      checkRejection(rejection);
      session?.invalidate(rejection);
    },
    signOut() {
      // Tokens that were asked for before do not count any more.
      answered = ++asked;
      leave();
    },
  });
}
