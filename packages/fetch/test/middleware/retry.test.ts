import { createSigner } from "@countersign/signer";
import { describe, expect, it, vi } from "vitest";
import { clockSkew, compose, type Fetch, type Middleware, retry, signing } from "../../src/index.ts";
import { credentials } from "../expect-signed.ts";
import { manualClock } from "../manual-clock.ts";

const URL_ = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";

function answering(...answers: readonly (() => Response)[]) {
  const seen: Request[] = [];
  const fetch: Fetch = async (input, init) => {
    seen.push(new Request(input, init));
    return (answers[Math.min(seen.length, answers.length) - 1] ?? (() => new Response()))();
  };
  return { fetch, seen };
}

describe("compose", () => {
  it("puts the first one outermost", async () => {
    const order: string[] = [];
    const named =
      (name: string): Middleware =>
      (next) =>
      (input, init) => {
        order.push(name);
        return next(input, init);
      };
    await compose(async () => new Response(), named("outer"), named("inner"))(URL_);
    expect(order).toEqual(["outer", "inner"]);
  });

  it("of nothing is the fetch itself", () => {
    const fetch: Fetch = async () => new Response();
    expect(compose(fetch)).toBe(fetch);
  });
});

describe("retry by itself", () => {
  it("sends again, with the same body, and learns no time without a clock", async () => {
    const { fetch, seen } = answering(
      () => new Response(null, { status: 503 }),
      () => new Response("ok"),
    );
    const send = compose(fetch, retry({ baseMs: 0 }));
    expect(await (await send(new Request(URL_, { method: "POST", body: "again" }))).text()).toBe("ok");
    expect(await Promise.all(seen.map((request) => request.text()))).toEqual(["again", "again"]);
  });

  it("releases the answers that it replaces", async () => {
    const cancelled: string[] = [];
    const endless = () =>
      new Response(new ReadableStream({ cancel: () => void cancelled.push("cancelled") }), { status: 500 });
    const { fetch } = answering(endless, () => new Response("ok"));
    await compose(fetch, retry({ baseMs: 0 }))(URL_);
    expect(cancelled).toEqual(["cancelled"]);
  });

  it("does not wait for the rest of an error that does not come", async () => {
    const late = new AbortController();
    const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(late.signal);
    const stalled = () => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("<Code>Thr")),
      });
      return new Response(body, { status: 403 });
    };
    const { fetch } = answering(stalled);
    const sent = compose(fetch, retry())(URL_);
    await expect.poll(() => timeout.mock.calls).toEqual([[1000]]);
    late.abort();
    expect((await sent).status).toBe(403);
    timeout.mockRestore();
  });

  it("keeps the answer that it gives back, though it looked into it", async () => {
    const { fetch } = answering(() => new Response("<Error><Code>NoSuchKey</Code></Error>", { status: 404 }));
    expect(await (await compose(fetch, retry())(URL_)).text()).toContain("NoSuchKey");
  });
});

describe("clockSkew by itself", () => {
  it("corrects the signer's clock and repeats a request once", async () => {
    const clock = manualClock();
    const date = "Mon, 23 Nov 2026 12:30:00 GMT";
    const { fetch, seen } = answering(
      () => new Response("<Code>RequestTimeTooSkewed</Code>", { status: 403, headers: { date } }),
      () => new Response("ok", { headers: { date } }),
    );
    const signer = createSigner({ region: "eu-west-1", credentials, clock });
    const send = compose(fetch, retry(), clockSkew(clock), signing(signer));
    expect((await send(URL_, { method: "POST", body: "b" })).status).toBe(200);
    expect(seen.map((request) => request.headers.get("x-amz-date"))).toEqual(["20261123T120000Z", "20261123T123000Z"]);
  });

  it("learns nothing from an answer that takes long: what counts is when the request was signed", async () => {
    const clock = manualClock();
    const slowly: Fetch = async () => {
      const date = new Date(clock.wall()).toUTCString();
      clock.advance(400_000);
      return new Response("ok", { headers: { date } });
    };
    const signer = createSigner({ region: "eu-west-1", credentials, clock });
    await compose(slowly, retry({ clock }), signing(signer))(URL_, { method: "POST", body: "b" });
    await compose(slowly, clockSkew(clock), signing(signer))(URL_, { method: "POST", body: "b" });
    expect(clock.offsetMs).toBe(0);
  });

  it("leaves everything else to retry", async () => {
    const { fetch, seen } = answering(() => new Response(null, { status: 503 }));
    expect((await compose(fetch, clockSkew(manualClock()))(URL_)).status).toBe(503);
    expect(seen).toHaveLength(1);
  });
});
