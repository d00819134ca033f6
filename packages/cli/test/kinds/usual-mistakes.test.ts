import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
  writeFileSync(path.join(folder, "config"), "[profile a]\nregion = us-east-1\nendpoint_url = http://proxy.test\n");
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
