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
