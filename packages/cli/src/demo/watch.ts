import type { CountersignEvent } from "@countersign/signer";
import type { DemoHop } from "./result.ts";

/** Collects the events that the demo's table shows: connections, and calls to STS. */
export interface Watch {
  readonly onEvent: (event: CountersignEvent) => void;
  /** Names the service of the connections that follow. */
  expect(service: string): void;
  /** The first connection to each service. */
  readonly hops: readonly DemoHop[];
  stsCalls(): number;
}

export function createWatch(): Watch {
  const hops: DemoHop[] = [];
  let service = "";
  let stsCalls = 0;
  return {
    hops,
    expect(name) {
      service = name;
    },
    stsCalls: () => stsCalls,
    onEvent(event) {
      if (event.name === "sts.call") stsCalls += 1;
      if (event.name !== "tls.handshake" || hops.some(({ to }) => to === service)) return;
      const { host, protocol, cipher, group, forwardSecret } = event.handshake;
      hops.push({ to: service, host, protocol, cipher, ...(group === undefined ? {} : { group }), forwardSecret });
    },
  };
}
