import type { AwsCredentials, Clock } from "@countersign/signer";
import { tokenSubject } from "./token-subject.ts";
import { endOf, vendedKey } from "./vended-key.ts";

/**
 * Renews in one tab at a time; the others take over what that tab got, if it is better than what they have.
 *
 * @param token tells for whom: only tabs of the same user share anything.
 */
export type Tabs = (
  token: string,
  isBetter: (theirs: AwsCredentials) => boolean,
  renew: () => Promise<AwsCredentials>,
) => Promise<AwsCredentials>;

/** How long a tab that knows of no other one waits for an answer, in milliseconds. */
const ALONE_MS = 60;

/** The same when another tab was heard of: it may be busy. */
const TOGETHER_MS = 500;

/**
 * Joins the tabs of one browser that share credentials of one broker's grant: each user has a lock, and a channel where
 * `null` asks and a key answers. Messages stay within the origin and in memory. Where there are no Web Locks or no
 * BroadcastChannel (Node, workers of some runtimes, pages not served over TLS) every tab renews by itself.
 *
 * @see https://w3c.github.io/web-locks/
 */
export function createTabs(address: string, clock: Pick<Clock, "now" | "sleep">): Tabs {
  const { navigator, window, origin } = globalThis as Partial<typeof globalThis>;
  // A sandboxed page's origin is "null", and nothing can be shared there. Node has locks and channels, but no tabs.
  const locks = window && origin !== "null" ? navigator?.locks : undefined;
  if (locks === undefined || typeof BroadcastChannel !== "function") return (_token, _isBetter, renew) => renew();

  let channel: BroadcastChannel | undefined;
  let known: AwsCredentials | undefined;
  let heard = (): void => {};
  let together = false;

  function join(name: string): void {
    channel?.close();
    known = undefined;
    channel = new BroadcastChannel(name);
    channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      together = true;
      if (data === null) return tell();
      const theirs = vendedKey(data);
      if (theirs === undefined || endOf(theirs) < endOf(known)) return;
      known = theirs;
      heard();
    });
  }

  function say(message: object | null): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel reaches its own origin alone
    channel?.postMessage(message);
  }

  function tell(): void {
    if (known === undefined) return;
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = known;
    say({ accessKeyId, secretAccessKey, sessionToken, expiration });
  }

  return async function once(token, isBetter, renew) {
    const name = `countersign:${address}:${await tokenSubject(token)}`;
    if (channel?.name !== name) join(name);
    const best = (): AwsCredentials | undefined =>
      known !== undefined && endOf(known) > clock.now() && isBetter(known) ? known : undefined;

    async function ask(): Promise<void> {
      const answered = new AbortController();
      heard = () => {
        if (best() !== undefined) answered.abort();
      };
      say(null);
      await clock.sleep(together ? TOGETHER_MS : ALONE_MS, answered.signal).catch(() => {});
    }

    return locks.request(name, async () => {
      if (best() === undefined) await ask();
      const theirs = best();
      if (theirs !== undefined) return theirs;
      const ours = (known = await renew());
      tell();
      return ours;
    });
  };
}
