import { AgingMap, type Clock } from "@countersign/signer";
import { resolveEndpoint } from "@countersign/signer/endpoints";
import type { OnceInFleet } from "../../broker/fleet-memory.ts";
import { withDeadline } from "../deadline.ts";
import { createRateLimit } from "../limits/rate-limit.ts";
import { VendingError } from "../vending-error.ts";
import { FRESH_MS, PROOF_BODY, readProof, rejected } from "./identity-proof.ts";
import { readText } from "./read-text.ts";
import { createSeenProofs } from "./seen-proofs.ts";

const ANSWER_MS = 5_000;
const MAX_ANSWER = 64 * 1024;
/** While the shared store is off, other servers do not see a used proof: then a proof must be this young. */
const FRESH_ALONE_MS = 30_000;
/** Rejected proofs of one address in a minute, after which its proofs are verified at a limited rate. */
const MAX_REJECTED = 60;
/**
 * Such addresses in a generation. An address that goes on sending proofs stays, however many others join: only addresses
 * that were silent meanwhile are forgotten.
 */
const MAX_SUSPECTS = 10_000;
/** Proofs of such addresses that are verified in a minute, all addresses together. */
const SLOW_LANE = 300;

/**
 * Returns the ARN of the IAM user or role that made a proof.
 *
 * @param address the caller's, for limits.
 * @param admit throws for a principal that gets nothing. Its proof is not used up.
 */
export type VerifyIdentity = (proof: unknown, address?: string, admit?: (principal: string) => void) => Promise<string>;

/**
 * Verifies proofs by sending them to STS. The address, method, path and body of that request are fixed, so a proof cannot
 * point it elsewhere. The audience is signed, so a proof for another server is rejected here. The nonce is signed, and a
 * proof is accepted once, by all servers on the same store. Without a store, a server that is started again does not know
 * what it accepted before: it takes no proof that is dated before the second in which it started.
 *
 * The age of a proof is judged by the machine's own clock: the corrected one follows the `Date` of remote answers.
 *
 * STS is called for proofs of the right form only. For an address with many rejected proofs it is called at a limited
 * rate, so that a flood of wrong proofs does not use up the account's quota, and a right one is still accepted.
 *
 * Every AWS account can make valid proofs. Only those of admitted principals are remembered, or a stranger's would fill the
 * memory and shut out everyone.
 *
 * @throws VendingError `IDENTITY_REJECTED`, `UNAVAILABLE`, `TOO_MANY_REQUESTS`.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export function createIdentityVerifier(o: {
  /** Read for each proof, so that a new configuration counts at once. */
  readonly settings: () => { readonly audience: string; readonly regions: readonly string[] };
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  /** Marks an id as used in all servers on the store; absent: there is no store. */
  readonly once?: OnceInFleet | undefined;
}): VerifyIdentity {
  const seen = createSeenProofs(o.clock);
  const rejectedOf = createRateLimit(() => MAX_REJECTED, o.clock);
  const slowLane = createRateLimit(() => SLOW_LANE, o.clock);
  const suspects = new AgingMap<string, true>(MAX_SUSPECTS);
  // The date of a proof has whole seconds.
  const startedAt = Math.floor(o.clock.wall() / 1_000) * 1_000;

  return async function verifyIdentity(proof, address = "unknown", admit = () => undefined) {
    const { region, headers, signature, madeAt } = readProof(proof, { ...o.settings(), now: o.clock.wall() });
    // Before STS answers: of two requests with one proof only the first goes on.
    if (!seen.add(signature)) throw rejected("it was used before");
    try {
      if (suspects.get(address) === true) slowLane.take("all");
      const principal = await askSts(region, headers);
      suspects.delete(address);
      admit(principal);
      await useInFleet(signature, madeAt);
      return principal;
    } catch (error) {
      const { code } = error as Partial<VendingError>;
      if (code === "IDENTITY_REJECTED" && !rejectedOf.tryTake(address)) suspects.set(address, true);
      if (!(error instanceof ReplayError)) seen.forget(signature);
      throw error instanceof ReplayError ? error.refusal : error;
    }
  };

  async function useInFleet(signature: string, madeAt: number): Promise<void> {
    const used = await o.once?.(`proof:${signature}`, 3 * FRESH_MS);
    if (used === "again") throw new ReplayError();
    if (used !== "first" && madeAt < startedAt) {
      throw new VendingError(
        "UNAVAILABLE",
        "a proof from before this server started may have been used; make another",
        {
          retryAfterSeconds: 1,
        },
      );
    }
    if (used === "unknown" && Math.abs(o.clock.wall() - madeAt) > FRESH_ALONE_MS) {
      throw new VendingError("UNAVAILABLE", "the store is off, so proofs must be at most 30 seconds old", {
        retryAfterSeconds: 5,
      });
    }
  }

  async function askSts(region: string, headers: Readonly<Record<string, string>>): Promise<string> {
    let answer: Response;
    let text: string;
    try {
      [answer, text] = await withDeadline(o.clock, ANSWER_MS, async (signal) => {
        const { url } = resolveEndpoint({ service: "sts", region });
        const received = await o.fetch(url, { method: "POST", redirect: "error", headers, body: PROOF_BODY, signal });
        return [received, await readText(received, MAX_ANSWER)];
      });
    } catch (cause) {
      throw new VendingError("UNAVAILABLE", `STS in ${region} cannot be reached`, { cause, retryAfterSeconds: 5 });
    }
    if (answer.status >= 500 || answer.status === 429) {
      throw new VendingError("UNAVAILABLE", `STS answered ${answer.status}`, { retryAfterSeconds: 5 });
    }
    if (/<Code>(?:Throttl|RequestLimitExceeded)/.test(text)) {
      throw new VendingError("UNAVAILABLE", "STS throttles the account", { retryAfterSeconds: 1 });
    }
    if (!answer.ok) throw rejected("STS does not accept its signature");
    return principalOf(readArn(answer.headers.get("content-type") ?? "", text));
  }
}

/** Another server accepted the proof before. */
class ReplayError extends Error {
  readonly refusal = rejected("it was used before, at another server");
}

function readArn(contentType: string, text: string): string {
  const answer =
    /^(?:<\?xml[^>]*>\s*)?<GetCallerIdentityResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/">\s*<GetCallerIdentityResult>([\s\S]*?)<\/GetCallerIdentityResult>/.exec(
      text,
    );
  const arns = [...(answer?.[1] ?? "").matchAll(/<Arn>([^<>&]+)<\/Arn>/g)];
  const arn = arns[0]?.[1];
  if (!/\bxml\b/.test(contentType) || arns.length !== 1 || arn === undefined) {
    throw rejected("the answer of STS names no principal");
  }
  return arn;
}

/** A session counts as its role. STS leaves out the path of a role, so principals are compared without it. */
function principalOf(arn: string): string {
  const session = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/.exec(arn);
  return session === null ? arn : `arn:${session[1]}:iam::${session[2]}:role/${session[3]}`;
}

/** The ARN of a role without its path, as `VerifyIdentity` returns it. */
export function withoutPath(arn: string): string {
  return arn.replace(/^(arn:[^:]+:iam::\d{12}:role\/).*?([^/]+)$/, "$1$2");
}
