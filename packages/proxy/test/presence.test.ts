import { getEventListeners } from "node:events";
import http from "node:http";
import { createSigner } from "@countersign/signer";
import { expect, it } from "vitest";
import { type Local, startProxy } from "./local.ts";

/** Sends one invocation after the other on one connection. */
async function invoke({ aws, key, listening }: Local, agent: http.Agent, path = "churn"): Promise<number> {
  const signer = createSigner({ region: aws.region, credentials: key, clock: aws.clock });
  const url = `${listening.url}/endpoints/${path}/invocations`;
  const signed = await signer.sign({
    method: "POST",
    url,
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  return new Promise((resolve, reject) => {
    const asking = http.request(url, { method: "POST", headers: signed.headers, agent }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
    });
    asking.on("error", reject).end("{}");
  });
}

it("requests of one connection share a signal, and leave no listener on it", async () => {
  const signals = new Set<AbortSignal>();
  const local = await startProxy();
  const { transport } = local;
  const request = transport.request.bind(transport);
  Object.assign(transport, {
    request: (url: string, options: { readonly signal?: AbortSignal }) => {
      if (options.signal !== undefined) signals.add(options.signal);
      return request(url, options as never);
    },
  });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (let index = 0; index < 30; index += 1) expect(await invoke(local, agent)).toBe(200);
    const [signal, ...more] = signals;
    expect(more).toEqual([]);
    expect(signal && getEventListeners(signal, "abort")).toHaveLength(0);
    expect(signal?.aborted).toBe(false);
    agent.destroy();
    await expect.poll(() => signal?.aborted).toBe(true);
  } finally {
    agent.destroy();
    await local.close();
  }
});
