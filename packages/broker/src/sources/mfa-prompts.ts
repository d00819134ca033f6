import { type Clock, waitFor } from "@countersign/signer";
import { BrokerError } from "../errors/error.ts";
import { nameOf, readable, withoutSecrets } from "../errors/foreign-error.ts";
import type { MfaSpec } from "../spec/role-spec.ts";

/** Asks for one-time codes. */
export interface MfaPrompts {
  /**
   * Asks for one code, with one prompt at a time for each device. When a prompt times out, the requests that wait for the
   * same device fail too (aws-toolkit-jetbrains#1051).
   *
   * @throws BrokerError `MFA_TIMEOUT`, `MFA_FAILED`; the signal's reason.
   */
  ask(mfa: MfaSpec, signal: AbortSignal): Promise<string>;
}

const ANSWER_MS = 120_000;

export function createMfaPrompts(clock: Pick<Clock, "sleep">): MfaPrompts {
  const lines = new Map<string, Promise<string>>();
  const spent = new Map<string, string>();

  async function prompt({ serialNumber, code }: MfaSpec, signal: AbortSignal): Promise<string> {
    let answer: string | undefined;
    try {
      answer = await waitFor(Promise.resolve(code()), ANSWER_MS, clock, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const cause = readable(thrown);
      throw new BrokerError("MFA_FAILED", `mfa.code: failed with ${nameOf(cause)}; see cause`, {
        cause: withoutSecrets(cause),
      });
    }
    if (answer === undefined) {
      throw new BrokerError("MFA_TIMEOUT", `mfa.code: returned no code for ${serialNumber} within ${ANSWER_MS} ms`);
    }
    if (typeof answer !== "string" || !/^\d{6}$/u.test(answer))
      throw new BrokerError("MFA_FAILED", "mfa.code: must return six digits");
    if (spent.get(serialNumber) === answer) {
      throw new BrokerError("MFA_FAILED", "mfa.code: must be a new code; this one was used already, wait for the next");
    }
    spent.set(serialNumber, answer);
    return answer;
  }

  return {
    async ask(mfa, signal) {
      const ahead = lines.get(mfa.serialNumber);
      const turn = (async () => {
        await ahead?.catch((error: unknown) => {
          if (error instanceof BrokerError && error.code === "MFA_TIMEOUT") throw error;
        });
        signal.throwIfAborted();
        return prompt(mfa, signal);
      })();
      lines.set(mfa.serialNumber, turn);
      try {
        return await turn;
      } finally {
        if (lines.get(mfa.serialNumber) === turn) lines.delete(mfa.serialNumber);
      }
    },
  };
}
