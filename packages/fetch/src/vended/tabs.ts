import { type AwsCredentials, type Clock, waitFor } from "@countersign/signer";
import { vendedKey } from "./vended-key.ts";

/** The tabs of one browser that show pages of the same origin. */
export interface Tabs {
  /**
   * Renews in one tab at a time; the others take over what that tab got, if it is better than what they have.
   *
   * @param subject for whom; `undefined`: on one's own, nothing is shared.
   */
  once(
    subject: string | undefined,
    isBetter: (theirs: AwsCredentials) => boolean,
    renew: () => Promise<AwsCredentials>,
  ): Promise<AwsCredentials>;
}

/** What tabs say to each other. Messages stay within the origin and in memory. */
type Message =
  | { readonly kind: "ask"; readonly subject: string }
  | { readonly kind: "have"; readonly subject: string; readonly key: Readonly<Record<keyof typeof PARTS, unknown>> };

const PARTS = { accessKeyId: "", secretAccessKey: "", sessionToken: "", expiration: 0 };

/** How long a tab that knows of no other one waits for an answer, in milliseconds. */
const ALONE_MS = 60;

/** The same when another tab was heard of: it may be busy. */
const TOGETHER_MS = 500;

/**
 * Joins the tabs that share credentials of one broker's grant. Where there are no Web Locks or no BroadcastChannel
 * (Node, workers of some runtimes, pages not served over TLS) every `once` renews by itself.
 *
 * @see https://w3c.github.io/web-locks/
 */
export function createTabs(name: string, clock: Pick<Clock, "now" | "sleep">): Tabs {
  const { navigator, window, origin } = globalThis as Partial<typeof globalThis>;
  // A sandboxed page's origin is "null", and nothing can be shared there. Node has locks and channels, but no tabs.
  const locks = window === undefined || origin === "null" ? undefined : navigator?.locks;
  if (locks === undefined || typeof BroadcastChannel !== "function")
    return { once: (_subject, _isBetter, renew) => renew() };

  const channel = new BroadcastChannel(`countersign:${name}`);
  const known = new Map<string, AwsCredentials>();
  const asked = new Set<string>();
  const waiting = new Set<(subject: string) => void>();
  let together = false;

  channel.addEventListener("message", ({ data }: MessageEvent<Message>) => {
    together = true;
    if (data.kind === "ask") {
      tell(data.subject);
      return;
    }
    // Another user's, in another tab: not to be kept here.
    if (!asked.has(data.subject)) return;
    const theirs = readKey(data.key);
    const ours = known.get(data.subject);
    if (theirs === undefined || (ours?.expiration?.getTime() ?? 0) > (theirs.expiration?.getTime() ?? 0)) return;
    known.set(data.subject, theirs);
    for (const heard of waiting) heard(data.subject);
  });

  return {
    async once(subject, isBetter, renew) {
      if (subject === undefined) return renew();
      asked.add(subject);
      const best = (): AwsCredentials | undefined => {
        const theirs = known.get(subject);
        return theirs !== undefined && (theirs.expiration?.getTime() ?? 0) > clock.now() && isBetter(theirs)
          ? theirs
          : undefined;
      };
      const lock = `countersign:${name}:${subject}`;
      const renewed = async (): Promise<AwsCredentials> => {
        const theirs = best() ?? (await ask(subject, best));
        if (theirs !== undefined) return theirs;
        const ours = await renew();
        known.set(subject, ours);
        tell(subject);
        return ours;
      };
      const free = await locks.request(lock, { ifAvailable: true }, async (granted) =>
        granted === null ? undefined : { credentials: await renewed() },
      );
      if (free !== undefined) return free.credentials;
      together = true;
      return locks.request(lock, renewed);
    },
  };

  function say(message: Message): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel reaches its own origin alone
    channel.postMessage(message);
  }

  function tell(subject: string): void {
    const held = known.get(subject);
    if (held === undefined) return;
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = held;
    const key = { accessKeyId, secretAccessKey, sessionToken, expiration: expiration?.getTime() };
    say({ kind: "have", subject, key });
  }

  async function ask(subject: string, best: () => AwsCredentials | undefined): Promise<AwsCredentials | undefined> {
    let answered: (subject: string) => void = () => undefined;
    const answer = new Promise<AwsCredentials | undefined>((resolve) => {
      answered = (about) => {
        const theirs = about === subject ? best() : undefined;
        if (theirs !== undefined) resolve(theirs);
      };
    });
    waiting.add(answered);
    try {
      say({ kind: "ask", subject });
      return await waitFor(answer, together ? TOGETHER_MS : ALONE_MS, clock);
    } finally {
      waiting.delete(answered);
    }
  }
}

function readKey(key: Readonly<Record<string, unknown>>): AwsCredentials | undefined {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = key;
  if (typeof accessKeyId !== "string" || typeof secretAccessKey !== "string") return undefined;
  if (typeof sessionToken !== "string" || typeof expiration !== "number") return undefined;
  return vendedKey(accessKeyId, secretAccessKey, sessionToken, new Date(expiration));
}
