import { once } from "node:events";
import { type ClientHttp2Stream, connect } from "node:http2";
import { createSigner } from "@countersign/signer";
import { afterAll, beforeAll, expect, it } from "vitest";
import { converse, part } from "../conversation.ts";
import { type Local, startProxy } from "../local.ts";

let local: Local;

beforeAll(async () => {
  const actions = ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithBidirectionalStream"];
  local = await startProxy({ allow: [{ actions }], maxInFlight: 1 });
  local.aws.endpoint("chat", {
    converse: async function* (parts) {
      yield* parts;
    },
  });
});
afterAll(() => local.close());

async function sign(path: string): Promise<Readonly<Record<string, string>>> {
  const signer = createSigner({ region: "us-east-1", credentials: local.key, clock: local.aws.clock });
  const { headers } = await signer.sign({ method: "POST", url: local.listening.url + path, body: "{}" });
  return headers;
}

async function invoke(): Promise<number> {
  const path = "/endpoints/churn/invocations";
  const answer = await fetch(local.listening.url + path, { method: "POST", headers: await sign(path), body: "{}" });
  await answer.text();
  return answer.status;
}

type Send = (session: ReturnType<typeof connect>) => Promise<ClientHttp2Stream>;

function request(path: string, status: number): Send {
  return async (session) => {
    const stream = session.request({ ...(await sign(path)), ":method": "POST", ":path": path });
    stream.end("{}");
    const [head] = (await once(stream, "response")) as [Record<string, unknown>];
    expect(head[":status"]).toBe(status);
    return stream;
  };
}

it.each<[string, Send]>([
  ["an error of the service", request("/endpoints/fails/invocations", 500)],
  ["a refusal of the proxy", request("/endpoints/churn/async-invocations", 403)],
  [
    "a stream in both directions that its client broke",
    async (session) => {
      const talk = await converse(session, local.listening.url, local.key, { now: () => local.aws.clock.now() });
      await talk.head();
      local.audit.length = 0;
      talk.stream.write(part("not signed"));
      await expect.poll(() => local.audit.map(({ code }) => code)).toContain("ValidationException");
      return talk.stream;
    },
  ],
])("%s counts as under way until its client has read it or left", async (_, send) => {
  local.aws.endpoint("fails", () => {
    throw new Error("model");
  });
  for (const end of ["read", "left"]) {
    const session = connect(local.listening.url, { settings: { initialWindowSize: 0 } });
    await once(session, "remoteSettings");
    const stream = await send(session);
    expect(await invoke()).toBe(429);
    if (end === "read") {
      session.settings({ initialWindowSize: 65_535 });
      stream.resume();
    } else session.destroy();
    await expect.poll(invoke).toBe(200);
    session.destroy();
  }
});
