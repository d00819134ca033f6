import type { Fault } from "@countersign/testing";
import type { SteppedAws } from "./stepped-clock.ts";
import type { Faults } from "./lanes.ts";

/** A fault of STS that lasts until it is ended. */
export const planted = (aws: SteppedAws, fault: Fault) => async (): Promise<() => void> => {
  const one = aws.fault({ service: "sts", operation: "AssumeRole", times: Infinity, ...fault });
  return () => one.remove();
};

export function stsFaults(aws: SteppedAws): Faults {
  return {
    "STS 503": planted(aws, { kind: "status", status: 503 }),
    "STS 500": planted(aws, { kind: "status", status: 500 }),
    "STS throttles": planted(aws, { kind: "throttle" }),
    "STS slow": planted(aws, { kind: "delay", ms: 400 }),
    "STS hangs": planted(aws, { kind: "delay", ms: 12_000 }),
    "answers cut": planted(aws, { kind: "truncate" }),
    "answers garbled": planted(aws, { kind: "malformed" }),
    "requests dropped": planted(aws, { kind: "drop-before-body" }),
    "answers dropped": planted(aws, { kind: "drop-after-body" }),
    "STS ten minutes ahead": planted(aws, { kind: "skewed-date", ms: 600_000 }),
    "expired answers": planted(aws, { kind: "expired-credentials" }),
    "answers without a date": planted(aws, { kind: "invalid-date" }),
    "answers of another account": planted(aws, { kind: "wrong-account" }),
    "connections reset": async () => {
      const one = aws.fault({ service: "sts", kind: "tls", mode: "reset", times: Infinity });
      return () => one.remove();
    },
  };
}
