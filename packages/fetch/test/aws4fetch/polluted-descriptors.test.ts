import { expect, it } from "vitest";
import { AwsClient } from "../../src/aws4fetch.ts";
import { credentials } from "../expect-signed.ts";

const names = ["get", "set", "value", "writable", "enumerable"];

it.each(names.flatMap((name) => ["evil", true, () => "evil"].map((value) => [name, value] as const)))(
  "a client reads no descriptor from a polluted Object.prototype: %s is %s",
  async (name, value) => {
    const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations";
    const aws = { datetime: "20261130T120000Z" };
    const signed = async () => {
      const client = new AwsClient({ ...credentials, region: "eu-west-1" });
      const [inHeader, inQuery] = [
        await client.sign(url, { aws }),
        await client.sign(url, { aws: { ...aws, signQuery: true } }),
      ];
      return [Object.keys(client), client.secretAccessKey, inHeader.headers.get("authorization"), inQuery.url];
    };
    const before = await signed();
    expect(JSON.stringify(before[0])).not.toContain("secretAccessKey");
    Reflect.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    const made = await signed().finally(() => Reflect.deleteProperty(Object.prototype, name));
    expect(made).toEqual(before);
  },
);
