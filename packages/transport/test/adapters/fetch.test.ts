import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { refusal, useParts } from "../parts.ts";

const parts = useParts();

const echo = (): Promise<{ url: string }> =>
  parts.server({}, (request, response) => {
    response.setHeader("x-type", String(request.headers["content-type"]));
    request.pipe(response);
  });

describe("nodejs/undici#1489, nodejs/node#48977: fetch over a custom policy", () => {
  it("takes the global Request and gives the global Response", async () => {
    const { url } = await echo();
    const answer = await parts.transport().fetch(new Request(url, { method: "POST", body: "text" }));
    expect(answer).toBeInstanceOf(Response);
    expect(await answer.text()).toBe("text");
  });

  it("sends FormData as a form", async () => {
    const { url } = await echo();
    const form = new FormData();
    form.set("field", "value");
    form.set("file", new Blob(["content"]), "name.txt");
    const answer = await parts.transport().fetch(url, { method: "POST", body: form });
    expect(answer.headers.get("x-type")).toMatch(/^multipart\/form-data; boundary=/);
    expect(await answer.text()).toMatch(/name="field"[^]*value[^]*filename="name\.txt"[^]*content/);
  });

  it.each([
    ["a string", "text", "text/plain;charset=UTF-8"],
    ["bytes", new TextEncoder().encode("text"), "undefined"],
    ["a Blob", new Blob(["text"], { type: "text/css" }), "text/css"],
    ["URLSearchParams", new URLSearchParams({ a: "text" }), "application/x-www-form-urlencoded;charset=UTF-8"],
  ])("sends %s", async (_name, body, type) => {
    const { url } = await echo();
    const answer = await parts.transport().fetch(url, { method: "POST", body });
    expect(answer.headers.get("x-type")).toBe(type);
    expect(await answer.text()).toContain("text");
  });

  it("sends a stream", async () => {
    const { url } = await echo();
    const body = new Blob(["streamed"]).stream();
    const answer = await parts.transport().fetch(url, { method: "POST", body, duplex: "half" } as RequestInit);
    expect(await answer.text()).toBe("streamed");
  });

  it("keeps its dispatcher whatever the caller brings", async () => {
    const target = await parts.server();
    const stranger = { dispatch: () => expect.unreachable() };
    await parts.transport().fetch(target.url, { dispatcher: stranger } as RequestInit);
    expect(target.requests()).toBe(1);
  });

  it("does not follow a redirect to plain HTTP", async () => {
    const { url } = await parts.server({}, (_request, response) => {
      response.writeHead(307, { location: "http://localhost:8080/" }).end();
    });
    expect((await refusal(parts.transport().fetch(url))).code).toBe("PLAINTEXT_REFUSED");
  });

  it("ends on the caller's signal", async () => {
    const { url } = await parts.server({}, () => {});
    const signal = AbortSignal.timeout(20);
    await expect(parts.transport().fetch(url, { signal })).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("keeps the reason of a lost connection on the chain of causes", async () => {
    const { url } = await parts.server({}, (request) => void request.socket.destroy());
    expect(await refusal(parts.transport().fetch(url))).toMatchObject({
      code: "CONNECTION_LOST",
      phase: "request",
      sent: true,
    });
  });
});

it("takes a Request as its second argument, with method, headers and body", async () => {
  const { url } = await echo();
  const init = new Request("https://ignored.test/", {
    method: "POST",
    body: "from a Request",
    headers: { "content-type": "text/x" },
  });
  const answer = await parts.transport().fetch(url, init);
  expect([answer.headers.get("x-type"), await answer.text()]).toEqual(["text/x", "from a Request"]);
});

describe("kind: every request has an outcome: a stream of Node that breaks off before fetch reads it", () => {
  it.each<[string, (breakOff: () => void) => unknown]>([
    ["at once", (breakOff) => breakOff()],
    ["in this turn", (breakOff) => process.nextTick(breakOff)],
    ["in the next turn", (breakOff) => setImmediate(breakOff)],
  ])("%s", async (_when, schedule) => {
    const { url } = await echo();
    const stream = new Readable({ read() {} });
    const body = stream as unknown as NonNullable<RequestInit["body"]>;
    schedule(() => stream.destroy(new Error("the file was removed")));
    const failed = parts.transport().fetch(url, { method: "POST", body, duplex: "half" } as RequestInit);
    // An error of the stream that nothing listens to would end the process.
    await expect(failed).rejects.toBeInstanceOf(TypeError);
  });
});

it("follows redirects under the policy only", async () => {
  const { url } = await parts.server({}, (request, response) => {
    const location = request.url === "/plain" ? "http://localhost:8080/" : "/there";
    if (request.url === "/there") response.end("there");
    else response.writeHead(302, { location }).end();
  });
  const t = parts.transport();
  expect(await (await t.fetch(`${url}/`)).text()).toBe("there");
  expect((await refusal(t.fetch(`${url}/plain`))).code).toBe("PLAINTEXT_REFUSED");
});
