import { type Fetch, compose } from "@countersign/fetch";
import { describe, expect, it } from "vitest";
import { createGuard } from "../src/index.ts";
import { bodies } from "./bodies.ts";

const host = "https://vpce-0a1b2c3d-9x8y7z6w.api.sagemaker.eu-west-1.vpce.amazonaws.com/";

interface Sent {
  readonly url: string;
  readonly body: string;
  readonly type: string | null;
}

function recorder(status = 200): { readonly sent: Sent[]; readonly fetch: Fetch } {
  const sent: Sent[] = [];
  return {
    sent,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      sent.push({ url: request.url, body: await request.text(), type: request.headers.get("content-type") });
      return new Response("{}", { status });
    },
  };
}

const call = (action: string, body: unknown): RequestInit => ({
  method: "POST",
  headers: { "x-amz-target": `SageMaker.${action}`, "content-type": "application/x-amz-json-1.1" },
  body: typeof body === "string" ? body : JSON.stringify(body),
});

describe("the middleware", () => {
  it("lets pass what keeps the posture, bytes unchanged", async () => {
    const { sent, fetch } = recorder();
    const guarded = compose(fetch, createGuard({ posture: "private" }).middleware);
    const body = ` ${JSON.stringify(bodies["CreateModel"])} `;
    await guarded(host, call("CreateModel", body));
    expect(sent).toEqual([{ url: host, body, type: "application/x-amz-json-1.1" }]);
  });

  it("sends nothing of what breaks it", async () => {
    const { sent, fetch } = recorder();
    const guarded = compose(fetch, createGuard({ posture: "private" }).middleware);
    await expect(guarded(host, call("CreateModel", { ModelName: "m" }))).rejects.toMatchObject({
      code: "POSTURE_BROKEN",
    });
    await expect(guarded(new Request(host, call("CreateModel", { ModelName: "m" })))).rejects.toMatchObject({
      code: "POSTURE_BROKEN",
    });
    await expect(guarded(new URL(host), call("CreateModel", "{"))).rejects.toMatchObject({ code: "POSTURE_BROKEN" });
    await expect(
      guarded("https://api.sagemaker.eu-west-1.amazonaws.com/", call("CreateModel", bodies["CreateModel"])),
    ).rejects.toMatchObject({
      findings: [{ rule: "vpc-endpoint" }],
    });
    await expect(
      guarded("https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations", {
        method: "POST",
        body: "x",
      }),
    ).rejects.toMatchObject({
      findings: [{ rule: "vpc-endpoint", action: "InvokeEndpoint" }],
    });
    expect(sent).toEqual([]);
  });

  it("sends what it judged when the caller's buffer changes meanwhile", async () => {
    const { sent, fetch } = recorder();
    let changed = (): void => undefined;
    const guard = createGuard({
      posture: "baseline",
      images: {
        judge: (image) => {
          changed();
          return Promise.resolve({ verdict: "pass", image, findings: [] });
        },
      },
    });
    const bytes = new TextEncoder().encode(JSON.stringify(bodies["CreateModel"]));
    changed = () => bytes.fill(0x20);
    await compose(fetch, guard.middleware)(host, { ...call("CreateModel", ""), body: bytes });
    expect(JSON.parse(sent[0]?.body ?? "")).toEqual(bodies["CreateModel"]);
  });

  it("sends where and as what it judged when the caller's URL, headers and options change meanwhile", async () => {
    const { sent, fetch } = recorder();
    let changed = (): void => undefined;
    const guard = createGuard({
      posture: "baseline",
      images: {
        judge: (image) => {
          changed();
          return Promise.resolve({ verdict: "pass", image, findings: [] });
        },
      },
    });
    const url = new URL(host);
    const headers = new Headers(call("CreateModel", "").headers);
    const init = { ...call("CreateModel", bodies["CreateModel"]), headers };
    changed = () => {
      url.host = "api.sagemaker.eu-west-1.amazonaws.com";
      headers.set("content-type", "application/cbor");
      init.body = "{}";
    };
    await compose(fetch, guard.middleware)(url, init);
    expect(sent).toEqual([
      { url: host, body: JSON.stringify(bodies["CreateModel"]), type: "application/x-amz-json-1.1" },
    ]);
  });

  it("reads a stream once and hands its bytes on", async () => {
    const { sent, fetch } = recorder();
    const guarded = compose(fetch, createGuard({ posture: "private" }).middleware);
    const stream = new Response(JSON.stringify(bodies["CreateModel"])).body;
    await guarded(host, { ...call("CreateModel", ""), body: stream, duplex: "half" } as RequestInit);
    await guarded(new Request(host, call("CreateModel", bodies["CreateModel"])));
    expect(sent.map(({ body }) => JSON.parse(body) as unknown)).toEqual([bodies["CreateModel"], bodies["CreateModel"]]);
  });

  it("keeps the content type that a body brings along", async () => {
    const { sent, fetch } = recorder();
    const body = new Blob([JSON.stringify(bodies["CreateModel"])], { type: "application/json" });
    await compose(fetch, createGuard({ posture: "private" }).middleware)(host, {
      method: "POST",
      headers: { "x-amz-target": "SageMaker.CreateModel" },
      body,
    });
    expect(sent[0]?.type).toBe("application/json");
  });

  it("does not touch other requests", async () => {
    const { sent, fetch } = recorder();
    const guarded = compose(fetch, createGuard({ posture: "locked" }).middleware);
    await guarded("https://sts.eu-west-1.amazonaws.com/", { method: "POST", body: "Action=GetCallerIdentity" });
    await guarded("https://example.com/");
    expect(sent).toHaveLength(2);
  });

  it("remembers a model that was created, and none that was refused", async () => {
    for (const [status, findings] of [
      [200, 0],
      [400, 1],
    ] as const) {
      const guard = createGuard({ posture: "private" });
      const { fetch } = recorder(status);
      await compose(fetch, guard.middleware)(host, call("CreateModel", bodies["CreateModel"]));
      expect(await guard.review("CreateTransformJob", bodies["CreateTransformJob"])).toHaveLength(findings);
    }
  });

  it("stops waiting for facts when the caller aborts", async () => {
    const { sent, fetch } = recorder();
    const guard = createGuard({ posture: "private", facts: { model: () => new Promise(() => undefined) } });
    const controller = new AbortController();
    const answer = compose(fetch, guard.middleware)(host, {
      ...call("CreateTransformJob", bodies["CreateTransformJob"]),
      signal: controller.signal,
    });
    controller.abort(new Error("enough"));
    await expect(answer).rejects.toThrow("enough");
    expect(sent).toEqual([]);
  });
});
