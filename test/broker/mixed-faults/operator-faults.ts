import type { SteppedAws } from "./stepped-clock.ts";
import type { Faults } from "./lanes.ts";
import type { Life, Lives } from "./lives.ts";
import type { Oracle, Span } from "./oracle.ts";
import { assumable, ROLES } from "./sessions.ts";

export interface OperatorFaultsPorts {
  readonly aws: SteppedAws;
  readonly lives: Lives;
  readonly random: () => number;
  /** Receives the time of a broken trust policy. */
  readonly sts: Span[];
  readonly oracle: Oracle;
}

const elsewhere = { Effect: "Allow", Principal: { AWS: "999999999999" }, Action: "sts:AssumeRole" } as const;

/** What people do to roles. */
export function operatorFaults({ aws, lives, random, sts, oracle }: OperatorFaultsPorts): Faults {
  const any = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  return {
    revocation: async () => {
      const roleArn = aws.role(any(ROLES)).arn;
      const by: Life = any(lives.all);
      const startedAt = Date.now();
      await by.member.run({ do: "revoke", roleArn }).catch(() => undefined);
      oracle.revoked({ roleArn, by, startedAt, endedAt: Date.now() });
      return () => undefined;
    },
    "trust policy broken": async () => {
      const role = aws.role(any(ROLES));
      const span: Span = { kind: "trust policy broken", from: Date.now(), to: Infinity, roleArn: role.arn };
      sts.push(span);
      role.update({ trustPolicy: { Statement: [elsewhere] } });
      return () => {
        role.update({ trustPolicy: { Statement: [assumable] } });
        span.to = Date.now();
      };
    },
  };
}
