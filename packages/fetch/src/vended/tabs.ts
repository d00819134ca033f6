import { type AwsCredentials, type Clock, words } from "@countersign/signer";
import { FetchError } from "../errors/fetch-error.ts";
import { nameOf } from "./principal.ts";
import { endOf, vendedKey } from "./vended-key.ts";
import { ALONE_MS, FAILED, MAX_ANSWER_MS, MAX_MESSAGE_MS, TOGETHER_MS } from "./limits.ts";

/** The tabs of one user in one browser. */
export interface Tabs {
  /** Renews in one tab at a time; the other tabs take over the result, if it is better than what they have. */
  renewOnce(
    isBetter: (theirs: AwsCredentials) => boolean,
    renew: () => Promise<AwsCredentials>,
  ): Promise<AwsCredentials>;
  /** Forgets what other tabs told, and hears no more of them. */
  leave(): void;
}

/**
 * Joins the tabs of one browser that share credentials of one grant for one user. They share a lock, and a channel where
 * `null` asks and a key answers. Messages stay within the origin and in memory. Without Web Locks or BroadcastChannel
 * (Node, some workers, pages that are not served over TLS) each tab renews by itself.
 *
 * @see https://w3c.github.io/web-locks/
 */
export function createTabs(address: string, principal: string, clock: Pick<Clock, "now" | "sleep">): Tabs {
  const { navigator, window, origin } = globalThis as Partial<typeof globalThis>;
  // A sandboxed page's origin is "null" and can share nothing. Node has locks and channels, but no tabs.
  const locks = window && origin !== "null" ? navigator?.locks : undefined;
  if (locks === undefined || typeof BroadcastChannel !== "function") {
    return { renewOnce: (_isBetter, renew) => renew(), leave: () => undefined };
  }

  const naming = nameOf(principal);
  let channel: BroadcastChannel | undefined;
  let known: AwsCredentials | undefined;
  let hasLeft = false;
  let together = false;
  let heard = (): void => {};
  let failed = (): void => {};

  function join(name: string): BroadcastChannel {
    const joined = new BroadcastChannel(name);
    joined.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      together = true;
      if (data === null) return tell();
      if (data === FAILED) return failed();
      const theirs = vendedKey(() => data);
      if (hasLeft || endOf(theirs) < endOf(known)) return;
      known = theirs;
      heard();
    });
    return joined;
  }

  function say(message: object | null | false): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel reaches its own origin alone
    if (!hasLeft) channel?.postMessage(message);
  }

  function tell(): void {
    if (known === undefined) return;
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = known;
    say({ accessKeyId, secretAccessKey, sessionToken, expiration });
  }

  const renewOnce: Tabs["renewOnce"] = async (isBetter, renew) => {
    const name = `countersign:${address}:${await naming}`;
    let ours: Promise<AwsCredentials> | undefined;
    const best = (): AwsCredentials | undefined =>
      known !== undefined && endOf(known) > clock.now() && isBetter(known) ? known : undefined;

    async function ask(): Promise<void> {
      const answered = new AbortController();
      heard = () => {
        if (best() !== undefined) answered.abort();
      };
      say(null);
      // In two halves, because a page that hangs runs its timers first: a message that has arrived is read in between.
      const wait = (): Promise<void> => clock.sleep(together ? TOGETHER_MS / 2 : ALONE_MS / 2, answered.signal);
      await wait()
        .then(wait)
        .catch(() => {});
    }

    async function renewAndTell(): Promise<AwsCredentials> {
      try {
        const granted = await renew();
        if (!hasLeft) known = granted;
        tell();
        return granted;
      } catch (error) {
        if ((error as FetchError).code === "VENDING_FAILED") say(FAILED);
        throw error;
      }
    }

    const waiting = new AbortController();
    // A frozen tab keeps its lock: after the time of one renewal and its failure message, this tab renews without it.
    const timer = setTimeout(() => waiting.abort(), MAX_ANSWER_MS + MAX_MESSAGE_MS);
    failed = () =>
      waiting.abort(
        new FetchError(
          "VENDING_FAILED",
          words ? "url: must lead to a broker that answers; another tab of this user got no credentials" : "tabs",
        ),
      );
    try {
      if (!hasLeft) channel ??= join(name);
      // The tab with the lock may have sent its question before this tab could hear it.
      together ||= (await locks.query()).held!.some((lock) => lock.name === name);
      return await locks.request(name, { signal: waiting.signal }, async () => {
        clearTimeout(timer);
        if (best() === undefined) await ask();
        // The lock is released before the message about a failure arrives: it may be heard here.
        waiting.signal.throwIfAborted();
        failed = () => {};
        return best() ?? (await (ours ??= renewAndTell()));
      });
    } catch (error) {
      if (error instanceof FetchError) throw error;
      // The wait was too long, a script stole the lock, or the browser denies locks or channels: this tab renews alone.
      return best() ?? (await (ours ??= renewAndTell()));
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    renewOnce,
    leave() {
      hasLeft = true;
      known = undefined;
      channel?.close();
    },
  };
}
