import { setImmediate as turn } from "node:timers/promises";
import type { CountersignEvent } from "@countersign/signer";
import { type Aws, type AwsOptions, startAws } from "@countersign/testing";
import { createTransport, type Transport, type TransportOptions } from "@countersign/transport";
import { createSageMaker, type SageMaker, type SageMakerOptions } from "../src/index.ts";

/** A local AWS and what talks to it; each client is closed with it. */
export interface LocalAws extends AsyncDisposable {
  readonly aws: Aws;
  readonly transport: Transport;
  /** What the clients reported. */
  readonly events: CountersignEvent[];
  client(options?: Partial<SageMakerOptions>): SageMaker;
  connect(options?: TransportOptions): Transport;
}

/** Waits are as short as they can be: what is tested is their number, not their length. */
const hasty = { baseMs: 1, throttleBaseMs: 1 };

/** Starts a local AWS in eu-west-1. */
export async function startLocalAws(options: Omit<AwsOptions, "clock"> = {}): Promise<LocalAws> {
  const aws = await startAws({ regions: ["eu-west-1"], ...options });
  const transports: Transport[] = [];
  const events: CountersignEvent[] = [];
  const connect = (more: TransportOptions = {}): Transport => {
    const made = createTransport({ ca: aws.ca, ...more });
    transports.push(made);
    return made;
  };
  const transport = connect();
  return {
    aws,
    transport,
    events,
    connect,
    client: (more) =>
      createSageMaker({
        region: aws.region,
        credentials: aws.user,
        endpoint: { sagemaker: { url: aws.url.sagemaker }, "sagemaker-runtime": { url: aws.url.runtime } },
        transport,
        retry: hasty,
        onEvent: (event) => events.push(event),
        ...more,
      }),
    async [Symbol.asyncDispose]() {
      await Promise.all(transports.map((made) => made.close()));
      await aws.close();
    },
  };
}

/** Lets the event loop turn until something holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}
