import { startAws } from "@countersign/testing";
import * as brokerPackage from "@countersign/broker";
import * as proxyPackage from "@countersign/proxy";
import * as transportPackage from "@countersign/transport";
import { createSigner } from "@countersign/signer";
import { transform } from "esbuild";
import { expect, it } from "vitest";
import { blocksOf } from "../docs/blocks.ts";

const ROLE = "arn:aws:iam::111122223333:role/inference";

it("the example of the README runs as it stands, against a local AWS", async () => {
  const block = Object.values(blocksOf("packages/proxy/README.md"))
    .flat()
    .find(({ language }) => language === "ts");
  await using aws = await startAws({ accounts: ["111122223333"], roles: [ROLE], regions: ["eu-west-1"] });
  const packages = {
    "@countersign/transport": { createTransport: () => transportPackage.createTransport({ ca: aws.ca }) },
    "@countersign/broker": {
      createBroker: (options: brokerPackage.BrokerOptions) =>
        brokerPackage.createBroker({
          ...options,
          credentials: aws.user,
          endpoint: { url: aws.url.sts },
          clock: aws.clock,
        }),
    },
    "@countersign/proxy": {
      ...proxyPackage,
      createProxy: (options: proxyPackage.ProxyOptions) =>
        proxyPackage.createProxy({
          ...options,
          clock: aws.clock,
          endpoints: { "sagemaker-runtime": { url: aws.url.runtime } },
        }),
    },
  };
  const code = (block?.code ?? "").replaceAll(/^import (\{[^}]+\}) from "([^"]+)";$/gmu, "const $1 = packages['$2'];");
  const wrapped = await transform(`const example = async () => {${code}; return { proxy, url, key, transport };};`, {
    loader: "ts",
  });
  // eslint-disable-next-line typescript/no-implied-eval
  const run = new Function("packages", `${wrapped.code}; return example();`) as (given: unknown) => Promise<{
    readonly proxy: proxyPackage.Proxy;
    readonly url: string;
    readonly key: proxyPackage.PlaceholderKey;
    readonly transport: transportPackage.Transport;
  }>;
  const { proxy, url, key, transport } = await run(packages);
  const signer = createSigner({ region: "eu-west-1", credentials: key, clock: aws.clock });
  const invoke = async (endpoint: string): Promise<number> => {
    const signed = await signer.sign({ method: "POST", url: `${url}/endpoints/${endpoint}/invocations`, body: "{}" });
    return (await fetch(signed.url, { method: "POST", headers: signed.headers, body: "{}" })).status;
  };
  expect([url, await invoke("churn-eu"), await invoke("fraud")]).toEqual(["http://127.0.0.1:8080", 200, 403]);
  await proxy.close();
  await transport.close();
});
