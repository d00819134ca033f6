import { createBroker } from "@countersign/broker";
import { localSts, region, roleArn, user } from "../broker/local-sts.mjs";

/**
 * The CPU time of each key, when all are asked for at once and none is cached. STS answers in the same process, so that
 * 100,000 keys take seconds; the broker waits its turn as `serve` does.
 */
export function coldKeys(count) {
  return async () => ({
    async measure() {
      const broker = createBroker({
        region,
        credentials: user,
        transport: localSts().transport,
        limits: { maxEntries: count + 1, maxQueue: count, stsPerSecond: 1e6, burst: 1e6 },
      });
      await broker.role({ roleArn: roleArn(count) }).get();
      const before = process.cpuUsage();
      await Promise.all(Array.from({ length: count }, (_, index) => broker.role({ roleArn: roleArn(index) }).get()));
      const { user: own, system } = process.cpuUsage(before);
      await broker.close();
      return { ns: ((own + system) * 1e3) / count, count };
    },
  });
}
