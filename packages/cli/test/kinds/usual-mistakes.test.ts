import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Aws, startAws } from "@countersign/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../run.ts";

let folder = "";
let aws: Aws;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-mistakes-"));
  aws = await startAws();
  writeFileSync(path.join(folder, "ca.pem"), aws.ca);
  writeFileSync(
    path.join(folder, "config"),
    "[profile a]\nregion = us-east-1\nendpoint_url = http://proxy.test\n[profile b]\nregion = US East\n",
  );
});
afterAll(async () => {
  await aws.close();
  rmSync(folder, { recursive: true });
});

const env = (more: Readonly<Record<string, string>>) => ({
  ...aws.env,
  AWS_CA_BUNDLE: path.join(folder, "ca.pem"),
  AWS_EC2_METADATA_DISABLED: "true",
  HOME: folder,
  ...more,
});

describe("a message names the field, its limit and what to do", () => {
  it.each<[string, Readonly<Record<string, string>>, string[], number, RegExp]>([
    [
      "an endpoint over plain HTTP, in a variable",
      { AWS_ENDPOINT_URL: "http://proxy.test" },
      ["call", "ListModels"],
      2,
      /AWS_ENDPOINT_URL: must be an https: URL/,
    ],
    [
      "an endpoint with a password, in the variable of one service",
      { AWS_ENDPOINT_URL_SAGEMAKER: "https://u:hunter2@proxy.test" },
      ["call", "ListModels"],
      2,
      /AWS_ENDPOINT_URL_SAGEMAKER: must be without user, password(?!.*hunter2)/s,
    ],
    [
      "an endpoint over plain HTTP, in a profile",
      { AWS_ENDPOINT_URL: "", AWS_CONFIG_FILE: "config" },
      ["invoke", "mine", "--profile", "a"],
      2,
      /config:3: must be an https: URL/,
    ],
    [
      "a Region that is not the endpoint's",
      { AWS_REGION: "eu-west-1" },
      ["call", "ListModels"],
      3,
      /another Region: correct --region, AWS_REGION/,
    ],
    [
      "a Region with a copied space, in a variable",
      { AWS_REGION: " us-east-1" },
      ["invoke", "mine"],
      2,
      /AWS_REGION: must be a Region such as eu-west-1, not " us-east-1"/,
    ],
    [
      "a Region by its name, in an option",
      {},
      ["call", "ListModels", "--region", "N. Virginia"],
      2,
      /--region: must be a Region such as eu-west-1, not "N. Virginia"/,
    ],
    [
      "a Region in upper case, in a variable",
      { AWS_REGION: "EU-WEST-1" },
      ["sign", "https://models.example.com/", "--service", "sagemaker"],
      2,
      /AWS_REGION: must be a Region such as eu-west-1, not "EU-WEST-1"/,
    ],
    [
      "a Region with underscores, in an option",
      {},
      ["token", "--region", "eu_west_1"],
      2,
      /--region: must be a Region such as eu-west-1, not "eu_west_1"/,
    ],
    [
      "a Region by its name, in a profile",
      { AWS_REGION: "", AWS_DEFAULT_REGION: "", AWS_CONFIG_FILE: "config" },
      ["sign", "https://models.example.com/", "--service", "sagemaker", "--profile", "b"],
      2,
      /config:5: must be a Region such as eu-west-1, not "US East"/,
    ],
    [
      "a token of another key",
      { AWS_SESSION_TOKEN: "left-over" },
      ["call", "ListModels"],
      3,
      /or AWS_SESSION_TOKEN is of another key: choose another profile, or set all three anew/,
    ],
    ["an @ without a file", {}, ["invoke", "mine", "--data", "@"], 2, /@: must be followed by the name of a file/],
    ["the name of a role", {}, ["invoke", "mine", "--role", "inference"], 2, /--role: the role must be an ARN such as/],
    [
      "options of the command that exec runs",
      {},
      ["exec", "arn:aws:iam::111122223333:role/r", "aws", "s3", "ls", "--recursive"],
      2,
      /--recursive is not an option of exec; write -- before the command/,
    ],
  ])("%s", async (_, more, args, code, message) => {
    const given =
      more["AWS_CONFIG_FILE"] === undefined ? more : { ...more, AWS_CONFIG_FILE: path.join(folder, "config") };
    expect(await run(args, env(given))).toEqual({ code, out: "", err: expect.stringMatching(message) });
  });
});

describe("an endpoint at http: on this machine is called", () => {
  let server: Server;
  let local: Readonly<Record<string, string | undefined>>;
  beforeAll(async () => {
    server = createServer((_, response) => response.end('{"Models":[]}'));
    await once(server.listen(0, "127.0.0.1"), "listening");
    local = env({ AWS_ENDPOINT_URL: `http://localhost:${(server.address() as AddressInfo).port}` });
  });
  afterAll(() => server.close());

  it.each([["invoke mine"], ["call ListModels"]])("by %s", async (line) => {
    const { code, out, err } = await run(line.split(" "), local);
    expect([code, JSON.parse(out), err]).toEqual([0, { Models: [] }, ""]);
  });

  it("and doctor says that it is without TLS", async () => {
    const { out } = await run(["doctor"], local);
    expect(out).toContain(`! TLS to sagemaker  ${new URL(local["AWS_ENDPOINT_URL"] ?? "").host}: http:, without TLS`);
  });
});

it.each([
  ["a copied space", { AWS_REGION: "us-east-1 " }, "settings  AWS_REGION: must be a Region such as eu-west-1, not"],
  ["upper case", { AWS_REGION: "EU-WEST-1" }, "settings  AWS_REGION: must be a Region such as eu-west-1, not"],
  [
    "a missing hyphen",
    { AWS_ENDPOINT_URL: "", AWS_REGION: "eu-west1" },
    "region  region: must be one such as eu-west-1",
  ],
  ["a wrong address", { AWS_ENDPOINT_URL: "http://proxy.test" }, "settings  AWS_ENDPOINT_URL: must be an https: URL"],
])("doctor reports %s as a fault with its place", async (_, more, found) => {
  const { code, out, err } = await run(["doctor"], env(more));
  expect([code, out, err]).toEqual([2, expect.stringContaining(`✘ ${found}`), ""]);
});
