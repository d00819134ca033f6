import { Readable } from "node:stream";
import { createClock, createSigner } from "@countersign/signer";
import { createTransport } from "@countersign/transport";
import { expect, it } from "vitest";
import { createProxy, issueKey } from "../src/index.ts";

const HOUR = 3_600_000;
const key = issueKey();
const credentials = { accessKeyId: "ASIAREALKEYOFTHEROLE", secretAccessKey: "secret", sessionToken: "token" };

it("a service whose Date stays wrong refuses one request at most: the refused correction is dropped", async () => {
  const clock = createClock();
  await using transport = createTransport();
  const request = async () => {
    const isRefused = Math.abs(clock.offsetMs) > 300_000;
    return {
      statusCode: isRefused ? 403 : 200,
      headers: { date: new Date(Date.now() + HOUR).toUTCString(), "x-amzn-errortype": "InvalidSignatureException" },
      body: Readable.from([Buffer.from(isRefused ? '{"message":"Signature not yet current"}' : "{}")]),
    };
  };
  const proxy = await createProxy({
    clock,
    transport: Object.assign(Object.create(transport), { request }) as typeof transport,
    endpoints: { url: "https://upstream.example.com" },
    clients: [{ name: "job", key, credentials, allow: [{ actions: ["sagemaker:InvokeEndpoint"] }] }],
  });
  try {
    const { url } = await proxy.listen({});
    const signer = createSigner({ region: "us-east-1", credentials: key });
    const seen: number[] = [];
    for (let call = 0; call < 8; call++) {
      const { url: to, headers } = await signer.sign({
        method: "POST",
        url: `${url}/endpoints/churn/invocations`,
        body: "{}",
      });
      seen.push((await fetch(to, { method: "POST", headers, body: "{}" })).status);
    }
    // Two answers that agree correct the clock, and the refusal of the third request drops that.
    expect(seen).toEqual([200, 200, 503, 200, 200, 200, 200, 200]);
    expect(clock.offsetMs).toBe(0);
  } finally {
    await proxy.close();
  }
});
