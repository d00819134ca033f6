import { Agent } from "node:https";
import { setTimeout } from "node:timers/promises";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { AwsCredentials } from "@countersign/signer";
import type { SteppedAws, SteppedClock } from "./stepped-clock.ts";
import { NodeHttpHandler } from "@smithy/node-http-handler";

/** Asks AWS for the owner of each session that was served. */
export interface Owners {
  /** Asks once for each access key. `judge` gets the owner's ARN, unless AWS could not be asked. */
  verify(credentials: AwsCredentials, judge: (arn: string) => void): void;
  /** Waits for all answers; returns for which part AWS could not be asked, and why. */
  unproven(): Promise<{ readonly part: number; readonly reasons: readonly string[] }>;
  close(): void;
}

/** New connections fail during one of the faults. */
const ATTEMPTS = 20;

export function createOwners(aws: SteppedAws, clock: SteppedClock): Owners {
  const requestHandler = new NodeHttpHandler({ httpsAgent: new Agent({ ca: aws.ca, keepAlive: true }) });
  const verified = new Map<string, Promise<void>>();
  const reasons: string[] = [];

  async function ownerOf({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials): Promise<string | undefined> {
    for (let attempt = 1; ; attempt++) {
      const client = new STSClient({
        region: aws.region,
        endpoint: aws.url.sts,
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
        requestHandler,
        systemClockOffset: clock.trueTime() - Date.now(),
        maxAttempts: 1,
      });
      try {
        return (await client.send(new GetCallerIdentityCommand({}))).Arn;
      } catch (error) {
        if (attempt === ATTEMPTS) {
          reasons.push(`${accessKeyId}: ${(error as Error).message}`);
          return undefined;
        }
        await setTimeout(100);
      }
    }
  }

  return {
    verify(credentials, judge) {
      const { accessKeyId } = credentials;
      if (verified.has(accessKeyId)) return;
      const proof = ownerOf(credentials).then((arn) => void (arn !== undefined && judge(arn)));
      verified.set(accessKeyId, proof);
    },
    async unproven() {
      await Promise.all(verified.values());
      return { part: reasons.length / verified.size, reasons };
    },
    close: () => requestHandler.destroy(),
  };
}
