import { FormData as UndiciFormData } from "undici";
import { describe, expect, it } from "vitest";
import { readCall as readInPage } from "../../src/platform/web/read-call.ts";
import { readCall } from "../../src/platform/node/read-call.ts";

const URL_ = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";
/** Known to every runtime that sends streams, but not yet to TypeScript's DOM library. */
const HALF = { duplex: "half" };
const text = (body: unknown): string => new TextDecoder().decode(body as Uint8Array);

describe.each([
  ["readCall", readCall],
  ["readCall of pages", readInPage],
])("%s", (name, outgoing) => {
  it("takes a string, a URL and a Request for the same address, without its fragment", async () => {
    for (const input of [`${URL_}#part`, new URL(`${URL_}#part`), new Request(`${URL_}#part`)]) {
      const call = await outgoing(input, undefined);
      expect(call.url.href).toBe(URL_);
      expect(call.init).toMatchObject({ method: "GET", body: null });
    }
  });

  it("lets a field of init replace the Request's", async () => {
    const request = new Request(URL_, { method: "POST", body: "old", headers: { a: "1" }, redirect: "error" });
    const call = await outgoing(request, { method: "PUT", body: "new", headers: { b: "2" } });
    expect(call.init.method).toBe("PUT");
    expect(call.init.body).toBe("new");
    expect([...call.init.headers]).toEqual([
      ["b", "2"],
      ["content-type", "text/plain;charset=UTF-8"],
    ]);
    expect(call.init.redirect).toBe("error");
  });

  it("takes a Request as init, as fetch does", async () => {
    const request = new Request("https://example.com/", { method: "POST", body: "kept", headers: { a: "1" } });
    const call = await outgoing(URL_, request);
    expect(call.init.method).toBe("POST");
    expect(text(call.init.body)).toBe("kept");
    expect(call.init.headers.get("a")).toBe("1");
  });

  it("reads a call that it passed on before as the same", async () => {
    const first = await outgoing(new Request(URL_, { method: "POST", body: "once" }), undefined);
    const second = await outgoing(first.input, first.init);
    expect(second.url).toEqual(first.url);
    expect(second.init.method).toBe("POST");
    expect([...second.init.headers]).toEqual([...first.init.headers]);
    expect(text(second.init.body)).toBe("once");
  });

  it("reads anew what middleware wrote into the init it was given", async () => {
    const call = await outgoing(URL_, { method: "POST", body: "old" });
    const written: RequestInit = Object.assign(call.init, {
      headers: { a: "1" },
      body: new Blob(["new"]),
      method: "put",
    });
    const again = await outgoing(call.input, written);
    expect([...again.init.headers]).toEqual([["a", "1"]]);
    expect(text(again.init.body)).toBe("new");
    expect(again.init.method).toBe("PUT");
  });

  it("writes the methods in upper case that fetch does, and no other", async () => {
    expect((await outgoing(URL_, { method: "post" })).init.method).toBe("POST");
    expect((await outgoing(URL_, { method: "patch" })).init.method).toBe("patch");
  });

  it.each([
    ["string", "héllo", "héllo", "text/plain;charset=UTF-8"],
    ["URLSearchParams", new URLSearchParams({ a: "1 2" }), "a=1+2", "application/x-www-form-urlencoded;charset=UTF-8"],
    ["Uint8Array", new TextEncoder().encode("bytes"), "bytes", null],
    ["part of a buffer", new Uint8Array(new TextEncoder().encode("xbytesx").buffer, 1, 5), "bytes", null],
    ["DataView", new DataView(new TextEncoder().encode("bytes").buffer), "bytes", null],
    ["ArrayBuffer", new TextEncoder().encode("bytes").buffer, "bytes", null],
    ["Blob", new Blob(["blob"]), "blob", null],
    ["typed Blob", new Blob(["{}"], { type: "application/json" }), "{}", "application/json"],
    ["File", new File(["file"], "name.txt", { type: "text/plain" }), "file", "text/plain"],
  ])("knows the bytes and the content type of a %s", async (_kind, body, bytes, type) => {
    const call = await outgoing(URL_, { method: "POST", body });
    expect(typeof call.init.body === "string" ? call.init.body : text(call.init.body)).toBe(bytes);
    expect(call.init.headers.get("content-type")).toBe(type);
  });

  it("keeps the caller's content type", async () => {
    const call = await outgoing(URL_, { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } });
    expect(call.init.headers.get("content-type")).toBe("application/json");
  });

  const forms: (readonly [whose: string, form: FormData])[] = [["the platform's", new FormData()]];
  // A page has no second implementation.
  if (name === "readCall") forms.push(["undici's own", new UndiciFormData() as unknown as FormData]);

  it.each(forms)("writes %s FormData with the boundary it announces", async (_whose, form) => {
    form.append("field", "value");
    form.append("file", new File(["content"], "f.bin"));
    const call = await outgoing(URL_, { method: "POST", body: form });
    const boundary = /^multipart\/form-data; boundary=(.+)$/u.exec(call.init.headers.get("content-type") ?? "")?.[1];
    expect(boundary).toBeDefined();
    expect(text(call.init.body)).toContain(`--${boundary}--`);
    expect(text(call.init.body)).toContain('filename="f.bin"');
  });

  it("copies bytes: what the caller does to a buffer afterwards changes nothing", async () => {
    const buffer = new TextEncoder().encode("before");
    const call = await outgoing(URL_, { method: "POST", body: buffer });
    buffer.fill(0);
    expect(text(call.init.body)).toBe("before");
  });

  it("passes a stream on, as half duplex", async () => {
    const stream = new Blob(["s"]).stream();
    const call = await outgoing(URL_, { method: "POST", body: stream });
    expect(call.init.body).toBe(stream);
    expect(call.init.duplex).toBe("half");
  });

  it.each([[{ a: 1 }], [1], [true], [Symbol("s")]])("refuses %o, which fetch would send as text", async (body) => {
    const sent = outgoing(URL_, { method: "POST", body: body as unknown as BodyInit });
    await expect(sent).rejects.toMatchObject({ name: "FetchError", code: "BODY_UNSUPPORTED" });
  });

  it("reads a Request up to the limit and no further", async () => {
    const post = (length: number) => new Request(URL_, { method: "POST", body: "x".repeat(length) });
    expect((await outgoing(post(10), undefined, 10)).init.body).toHaveLength(10);
    await expect(outgoing(post(11), undefined, 10)).rejects.toMatchObject({ code: "BODY_TOO_LARGE" });
    const blob = new Blob(["x".repeat(11)]);
    await expect(outgoing(URL_, { method: "POST", body: blob }, 10)).rejects.toMatchObject({ code: "BODY_TOO_LARGE" });
  });

  it.each([
    ["text", "hello"],
    ["numbers of 16 bits", new Uint16Array([256, 257])],
    ["a view that is not of bytes", new DataView(new ArrayBuffer(4))],
    ["a buffer", new ArrayBuffer(4)],
    ["an object with a length", { length: 3 }],
    ["null", null],
  ])("refuses a stream of %s, which would be signed and sent as other bytes", async (_what, chunk) => {
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("first"));
        controller.enqueue(chunk);
        controller.close();
      },
    });
    const request = new Request(URL_, { method: "POST", body: stream, ...HALF });
    await expect(outgoing(request)).rejects.toMatchObject({ name: "FetchError", code: "BODY_UNSUPPORTED" });
  });

  it("reads a stream of Buffers, and of a subclass", async () => {
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from("a"));
        controller.enqueue(new (class extends Uint8Array {})([98]));
        controller.close();
      },
    });
    const call = await outgoing(new Request(URL_, { method: "POST", body: stream, ...HALF }));
    expect(text(call.init.body)).toBe("ab");
  });

  it("stops an endless body at the limit instead of reading on", async () => {
    let pulled = 0;
    let cancelled = false;
    const endless = new ReadableStream({
      pull: (controller) => (pulled++, controller.enqueue(new Uint8Array(1024))),
      cancel: () => void (cancelled = true),
    });
    const request = new Request(URL_, { method: "POST", body: endless, ...HALF });
    await expect(outgoing(request, undefined, 4096)).rejects.toMatchObject({ code: "BODY_TOO_LARGE" });
    expect(cancelled).toBe(true);
    expect(pulled).toBeLessThan(10);
  });

  it("stops reading a stalled body when the caller aborts", async () => {
    const abort = new AbortController();
    const stalled = new ReadableStream({ pull: () => new Promise(() => undefined) });
    const request = new Request(URL_, { method: "POST", body: stalled, signal: abort.signal, ...HALF });
    const call = outgoing(request, undefined);
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  it("refuses a Request that was read before", async () => {
    const request = new Request(URL_, { method: "POST", body: "once" });
    await request.text();
    await expect(outgoing(request, undefined)).rejects.toMatchObject({ code: "INVALID_REQUEST" });
  });

  it.each([
    ["a reader holds", (request: Request) => request.body?.getReader()],
    ["a pipe reads", (request: Request) => request.body?.pipeTo(new WritableStream())],
    ["was cloned and read", (request: Request) => (request.clone(), request.text())],
  ])("refuses a Request whose body %s", async (_what, read) => {
    const request = new Request(URL_, { method: "POST", body: "x" });
    void read(request);
    await expect(outgoing(request)).rejects.toMatchObject({ code: "INVALID_REQUEST", message: /clone/ });
  });

  it("refuses an object that only claims to be a Request", async () => {
    const claimed = Object.create(Request.prototype) as Request;
    await expect(outgoing(claimed)).rejects.toMatchObject({ code: "INVALID_REQUEST" });
  });

  it("refuses a mode in which browsers drop the signature's headers", async () => {
    await expect(outgoing(URL_, { mode: "no-cors" })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
  });

  it("refuses what is no absolute URL, without repeating it", async () => {
    const error = await outgoing("/relative?X-Amz-Signature=secret", undefined).catch((caught: Error) => caught);
    expect(error).toMatchObject({ code: "INVALID_REQUEST" });
    expect((error as Error).message).not.toContain("secret");
  });
});
