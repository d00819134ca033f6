import type { HttpRequest } from "@smithy/types";
import { describe, expect, it } from "vitest";
import { countersigned } from "../src/index.ts";

const { signerConstructor: Signer } = countersigned({
  region: "eu-west-1",
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
});
const host = "runtime.sagemaker.eu-west-1.amazonaws.com";
const good = { method: "POST", protocol: "https:", hostname: host, path: "/", headers: { host }, query: {}, body: "" };

describe("the parts of a request that a middleware broke", () => {
  it.each<[string, object]>([
    ["no protocol", { protocol: null }],
    ["no hostname", { hostname: null }],
    ["an object as method", { method: { toString: () => "POST" } }],
    ["no headers", { headers: null }],
    ["a symbol as hostname", { hostname: Symbol("host") }],
    ["no path", { path: undefined }],
    ["a host header that is a list", { headers: { host: ["a.test", host] } }],
    ["a header that is a number", { headers: { host, age: 5 } }],
  ])("are refused when signed or presigned: %s", async (_, part) => {
    const signer = new Signer({ region: "eu-west-1", service: "sagemaker", credentials: async () => ({}) } as never);
    const request = { ...good, ...part } as never;
    await expect(signer.presign(request)).rejects.toMatchObject({ name: "SdkError", code: "INVALID_REQUEST" });
    await expect(signer.sign(request)).rejects.toMatchObject({ name: "SdkError", code: "INVALID_REQUEST" });
  });
});

describe("a polluted Object.prototype does not reach the parts of a request", () => {
  it.each(["get", "set", "value", "writable", "enumerable", "configurable"])("by %s", async (name) => {
    const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" };
    const signer = new Signer({ region: "eu-west-1", service: "sagemaker", credentials: async () => credentials });
    const options = { signingDate: new Date(Date.UTC(2026, 4, 21)) };
    const both = async () => [await signer.sign(good, options), await signer.presign(good, options)];
    const before = await both();
    for (const value of ["evil.test", () => "evil.test"]) {
      Reflect.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: true });
      const polluted = await both().finally(() => Reflect.deleteProperty(Object.prototype, name));
      expect(polluted).toEqual(before);
    }
  });
});

describe("the method that is signed is the method that is sent", () => {
  it.each(["post", "patch", "PropFind"])("%s", async (method) => {
    const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" };
    const given = { region: "eu-west-1", service: "sagemaker", credentials: async () => credentials };
    const signer = new Signer(given);
    const options = { signingDate: new Date(Date.UTC(2026, 4, 21)) };
    for (const way of ["sign", "presign"] as const) {
      const signed = await signer[way]({ ...good, method }, options);
      const upper = await signer[way]({ ...good, method: method.toUpperCase() }, options);
      expect(signed).toEqual(upper);
      expect(signed.method).toBe(method.toUpperCase());
    }
  });
});

describe("a request that changes while it is signed", () => {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" };
  const signerWith = (guard?: object) => {
    const made = countersigned({ region: "eu-west-1", credentials, ...(guard && { guard: guard as never }) });
    return new made.signerConstructor({
      region: "eu-west-1",
      service: "sagemaker",
      credentials: async () => credentials,
    });
  };
  const turning = (later: string) => {
    let reads = 0;
    return () => (reads++ === 0 ? host : later);
  };

  it.each<[string, (read: () => string) => object]>([
    ["its own getter", (read) => Object.defineProperty({ ...good }, "hostname", { get: read, enumerable: true })],
    [
      "a getter of its class",
      (read) => {
        const { hostname: _, ...others } = good;
        return Object.assign(Object.create(Object.defineProperty({}, "hostname", { get: read })) as object, others);
      },
    ],
    [
      "a proxy",
      (read) =>
        new Proxy({ ...good }, { get: (target, name) => (name === "hostname" ? read() : Reflect.get(target, name)) }),
    ],
  ])("is sent to the host that it is signed for: %s", async (_, make) => {
    for (const signer of [
      signerWith(),
      signerWith({ enforceRequest: async () => undefined, remember: () => undefined }),
    ]) {
      for (const way of ["sign", "presign"] as const) {
        const signed = await signer[way](make(turning("evil.example")) as never);
        expect([signed.hostname, signed.hostname]).toEqual([host, host]);
      }
    }
  });

  it.each<[string, (buffer: ArrayBuffer) => unknown]>([
    ["a Uint8Array", (buffer) => new Uint8Array(buffer)],
    ["a Buffer", (buffer) => Buffer.from(buffer)],
    ["an ArrayBuffer", (buffer) => buffer],
    ["a DataView", (buffer) => new DataView(buffer)],
  ])("is signed and sent with the bytes that the guard judged: %s", async (_, bodyIn) => {
    const buffer = new TextEncoder().encode("judged").buffer;
    const judged: string[] = [];
    const text = (body: unknown) => new TextDecoder().decode(body as Uint8Array);
    const signer = signerWith({
      enforceRequest: async ({ body }: { readonly body: unknown }) => {
        judged.push(text(body));
        new Uint8Array(buffer).set(new TextEncoder().encode("other!"));
      },
      remember: () => undefined,
    });
    const signed = await signer.sign({ ...good, body: bodyIn(buffer) } as HttpRequest);
    expect([judged, text(signed.body)]).toEqual([["judged"], "judged"]);
    const plain = await signerWith().sign({ ...good, body: "judged" } as HttpRequest);
    const hash = (given: typeof plain) => given.headers["x-amz-content-sha256"];
    expect(hash(plain)).toMatch(/^[\da-f]{64}$/);
    expect(hash(signed)).toBe(hash(plain));
  });

  it("is signed with the list in the query that was given", async () => {
    const list = ["1"];
    const signer = signerWith({ enforceRequest: async () => void list.push("2"), remember: () => undefined });
    expect((await signer.sign({ ...good, query: { a: list } } as HttpRequest)).query).toEqual({ a: ["1"] });
  });
});

describe("the path and query that are signed are those that handlers send", () => {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" };
  const signer = new Signer({ region: "eu-west-1", service: "sagemaker", credentials: async () => credentials });

  it.each<[string, object]>([
    ["a query beside a query", { path: "/a?x=1", query: { y: "2" } }],
    ["an empty query beside a query", { path: "/a?", query: { y: null } }],
    ["a space", { path: "/a b" }],
    ["a backslash", { path: "/a\\b" }],
    ["a line break", { path: "/a\nb" }],
    ["a letter outside ASCII", { path: "/é" }],
    ["a lone surrogate in a value", { query: { y: "\ud800" } }],
    ["a lone surrogate in a list", { query: { y: ["1", "\udfff"] } }],
    ["a lone surrogate in a name", { query: { "\ud800": "1" } }],
  ])("refuses %s", async (_, parts) => {
    for (const way of ["sign", "presign"] as const) {
      await expect(signer[way]({ ...good, ...parts })).rejects.toMatchObject({
        name: "SdkError",
        code: "INVALID_REQUEST",
      });
    }
  });

  it.each<[string, object]>([
    ["a number", { a: 5 }],
    ["a list of numbers", { a: [5, 0] }],
    ["a truth value", { a: false }],
  ])("signs and sends %s as the same text", async (_, query) => {
    const text = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value].flat().map(String)]));
    const sign = async (given: object) => signer.sign({ ...good, query: given } as HttpRequest, { signingDate: 0 });
    const signed = await sign(query);
    expect(signed.headers).toEqual((await sign(text)).headers);
    expect([signed.query?.["a"]].flat()).toEqual(text["a"]);
  });

  it("presigns a path with a query into one query", async () => {
    const { path, query } = await signer.presign({ ...good, path: "/a?x=1&z" });
    expect(path).toBe("/a");
    expect(query).toMatchObject({ x: "1", z: "", "X-Amz-Algorithm": "AWS4-HMAC-SHA256" });
  });
});
