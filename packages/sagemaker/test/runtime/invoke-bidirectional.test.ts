import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalAws, startLocalAws } from "../local-aws.ts";

let local: LocalAws;
beforeAll(async () => {
  local = await startLocalAws();
});
afterAll(() => local[Symbol.asyncDispose]());

const client = () => {
  const { url } = local.aws;
  return local.client({ endpoint: { "sagemaker-runtime-http2": { url: url.runtimeHttp2 } } });
};

test("a conversation over HTTP/2 and TLS, every event verified by the service", async () => {
  const stream = await client().invokeBidirectional("voice", { modelInvocationPath: "v1/listen" });
  const seen: string[] = [];
  await stream.send("0");
  for await (const part of stream) {
    seen.push(Buffer.from(part).toString());
    if (seen.length < 10) await stream.send(`${seen.length}`);
    else await stream.end();
  }
  expect(seen).toEqual(Array.from({ length: 10 }, (_, index) => `${index}`));
  const [call] = local.aws.calls({ operation: "InvokeEndpointWithBidirectionalStream" });
  expect(call).toMatchObject({ status: 200, principal: expect.stringContaining("user/") as string });
});

test("credentials that AWS turns down end both directions with its error", async () => {
  const session = local.aws.role("worker").session();
  local.aws.revoke({ accessKeyId: session.accessKeyId });
  const { url } = local.aws;
  const sagemaker = local.client({ credentials: session, endpoint: { url: url.runtimeHttp2 } });
  const stream = await sagemaker.invokeBidirectional("voice");
  const reading = (async () => {
    for await (const _ of stream) throw new Error("nothing can come");
  })();
  await expect(reading).rejects.toMatchObject({ name: "SageMakerError", status: 403 });
});

test.each([[42], [{ a: 1 }], [undefined], [null], [[1, 2]]])(
  "a part that is neither text nor bytes (%o) is refused",
  async (part) => {
    await using stream = await client().invokeBidirectional("voice");
    await expect(stream.send(part as never)).rejects.toMatchObject({ code: "INVALID_BODY" });
  },
);
