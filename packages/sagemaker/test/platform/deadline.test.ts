import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createManualClock } from "@countersign/testing";
import { createTransport } from "@countersign/transport";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSageMaker } from "../../src/index.ts";
import { until } from "../local-aws.ts";

let bytes = 0;
let status = 200;
// Each byte comes long before any limit between two parts; only a limit of the whole ends it.
const server = createServer((_request, response) => {
  response.writeHead(status);
  const timer = setInterval(() => {
    response.write(".");
    bytes += 1;
  }, 2);
  response.on("close", () => clearInterval(timer));
});
const transport = createTransport({ allowLoopbackHttp: true });
beforeAll(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
afterAll(async () => {
  await transport.close();
  server.closeAllConnections();
  server.close();
});

test.each([
  ["an answer", 200],
  ["an error", 400],
])("%s that trickles for ever is TIMEOUT after 70 seconds in all, on Node too", async (_, answered) => {
  status = answered;
  const clock = createManualClock();
  const { port } = server.address() as AddressInfo;
  const sagemaker = createSageMaker({
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    endpoint: { url: `http://127.0.0.1:${port}` },
    transport,
    clock,
    retry: false,
  });
  const outcome = sagemaker.invoke("e", "x").then(
    () => undefined,
    (error: unknown) => error,
  );
  const before = bytes;
  await until(() => bytes > before + 5);
  await clock.advance(70_000);
  expect(await outcome).toMatchObject({ code: "TIMEOUT", message: "the service did not answer within 70 seconds" });
});
