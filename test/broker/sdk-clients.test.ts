import { ListModelsCommand, SageMakerClient } from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { setTimeout } from "node:timers/promises";
import { createBroker, type RoleProvider } from "@countersign/broker";
import { type Aws, startAws } from "@countersign/testing";
import { createTransport, type Transport } from "@countersign/transport";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const MINUTE = 60_000;

let aws: Aws;
let transport: Transport;
beforeEach(async () => {
  aws = await startAws();
  transport = createTransport({ ca: aws.ca });
  return async () => {
    await transport.close();
    await aws.close();
  };
});
afterEach(() => vi.restoreAllMocks());

const brokerOf = () =>
  createBroker({
    region: aws.region,
    credentials: aws.user,
    endpoint: { url: aws.url.sts },
    transport,
    clock: aws.clock,
  });

/** Clients as anyone makes them, each with a request of its own. */
function clientsWith(credentials: RoleProvider): (() => Promise<unknown>)[] {
  // What the SDK calls the time is the machine's; the local AWS has a clock that the test moves.
  const systemClockOffset = aws.clock.now() - Date.now();
  const common = { region: aws.region, credentials, systemClockOffset };
  const handler = () => transport.requestHandler();
  const sts = new STSClient({ ...common, endpoint: aws.url.sts, requestHandler: handler() });
  const sagemaker = new SageMakerClient({ ...common, endpoint: aws.url.sagemaker, requestHandler: handler() });
  const runtime = new SageMakerRuntimeClient({ ...common, endpoint: aws.url.runtime, requestHandler: handler() });
  return [
    () => sts.send(new GetCallerIdentityCommand({})),
    () => sagemaker.send(new ListModelsCommand({})),
    () => runtime.send(new InvokeEndpointCommand({ EndpointName: "echo", Body: "{}" })),
  ];
}

/** Moves the clock while callers wait on it, slowly enough for the network. */
async function whileTimePasses<T>(work: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const stopped = work.finally(() => stop.abort());
  stopped.catch(() => undefined);
  while (!stop.signal.aborted) {
    await aws.clock.advance(100);
    await setTimeout(10);
  }
  return stopped;
}

const assumed = (): number => aws.calls({ operation: "AssumeRole" }).length;

test("any number of clients and requests makes one AssumeRole (aws-sdk-js-v3#4612)", async () => {
  await using broker = brokerOf();
  const role = broker.role({ roleArn: aws.role("Shared").arn });
  const requests = [...clientsWith(role.provider), ...clientsWith(role.provider)];
  await Promise.all(requests.flatMap((request) => Array.from({ length: 10 }, request)));
  expect(assumed()).toBe(1);
  expect(aws.calls({ service: "runtime", status: 200 })).toHaveLength(20);
});

test("clients survive an outage of STS until their credentials truly expire, and recover with it", async () => {
  await using broker = brokerOf();
  const role = broker.role({ roleArn: aws.role("Outage").arn });
  await Promise.all(clientsWith(role.provider).map((request) => request()));
  const outage = aws.fault({ service: "sts", operation: "AssumeRole", kind: "status", status: 503, times: Infinity });
  await aws.clock.advance(46 * MINUTE);
  // The SDK's own cache throws from minute 55 on.
  for (let minute = 46; minute < 59; minute++) {
    await Promise.all(clientsWith(role.provider).map((request) => request()));
    await aws.clock.advance(MINUTE);
  }
  expect(outage.hits).toBeGreaterThan(0);
  expect(broker.snapshot()).toMatchObject({ degraded: true, roles: [{ state: "degraded" }] });
  await aws.clock.advance(2 * MINUTE);
  const [afterExpiry] = clientsWith(role.provider) as [() => Promise<unknown>];
  await expect(whileTimePasses(afterExpiry())).rejects.toMatchObject({ code: "CREDENTIALS_EXPIRED" });
  outage.remove();
  await aws.clock.advance(MINUTE);
  await Promise.all(clientsWith(role.provider).map((request) => request()));
  expect(broker.snapshot()).toMatchObject({ degraded: false, roles: [{ state: "fresh" }] });
});

test("what cannot be had is the reason of the client's own error, and no secret is in it", async () => {
  await using broker = brokerOf();
  const trustPolicy = {
    Version: "2012-10-17",
    Statement: { Effect: "Deny", Principal: { AWS: "*" }, Action: "sts:AssumeRole" },
  } as const;
  aws.role("Denied").update({ trustPolicy });
  const role = broker.role({ roleArn: aws.role("Denied").arn });
  for (const request of clientsWith(role.provider)) {
    await expect(request()).rejects.toMatchObject({ name: "BrokerError", code: "ACCESS_DENIED" });
  }
  expect(assumed()).toBe(1);
});

test("SDK clients still call a memoized provider through: the flag is theirs, and they may change it", async () => {
  await using broker = brokerOf();
  const role = broker.role({ roleArn: aws.role("Flag").arn });
  const seen = vi.fn<RoleProvider>(role.provider);
  const [request] = clientsWith(Object.assign(seen, { ...role.provider }) as unknown as RoleProvider) as [
    () => Promise<unknown>,
  ];
  for (let call = 0; call < 3; call++) await request();
  expect(seen.mock.calls.length).toBeGreaterThanOrEqual(3);
});
