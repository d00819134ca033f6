import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Aws, startAws } from "@countersign/testing";
import { createTransport } from "@countersign/transport";
import { build } from "esbuild";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createBroker } from "../../src/broker/create-broker.ts";

let aws: Aws;
let home: string;
beforeEach(async () => {
  aws = await startAws();
  home = await mkdtemp(join(tmpdir(), "countersign-home-"));
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  vi.stubEnv("HOME", home);
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  return async () => {
    await aws.close();
    await rm(home, { recursive: true });
  };
});
afterEach(() => vi.unstubAllEnvs());

test("without credentials the default chain is the source: here the environment", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", aws.user.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", aws.user.secretAccessKey);
  await using transport = createTransport({ ca: aws.ca });
  await using broker = createBroker({ region: aws.region, endpoint: { url: aws.url.sts }, transport });
  await broker.role({ roleArn: aws.role("Env").arn }).get();
  expect(aws.calls({ operation: "AssumeRole" })).toMatchObject([{ accessKeyId: aws.user.accessKeyId, status: 200 }]);
});

test("where the chain calls AWS it goes over our TLS: only our transport trusts this AWS", async () => {
  const hub = aws.role("Hub").arn;
  const config = join(home, "config");
  await writeFile(
    config,
    [
      "[profile base]",
      `aws_access_key_id = ${aws.user.accessKeyId}`,
      `aws_secret_access_key = ${aws.user.secretAccessKey}`,
      `[profile hub]\nrole_arn = ${hub}\nsource_profile = base\nregion = ${aws.region}`,
    ].join("\n"),
  );
  vi.stubEnv("AWS_CONFIG_FILE", config);
  vi.stubEnv("AWS_PROFILE", "hub");
  vi.stubEnv("AWS_ENDPOINT_URL_STS", aws.url.sts);
  await using transport = createTransport({ ca: aws.ca });
  await using broker = createBroker({ region: aws.region, endpoint: { url: aws.url.sts }, transport });
  await broker.role({ roleArn: aws.role("Spoke").arn }).get();
  expect(aws.calls({ operation: "AssumeRole", status: 200 }).map(({ input }) => input)).toMatchObject([
    { RoleArn: hub },
    { RoleArn: aws.role("Spoke").arn },
  ]);
});

test("a chain without credentials says where it looked", async () => {
  vi.stubEnv("AWS_CONFIG_FILE", join(home, "none"));
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(home, "none"));
  await using transport = createTransport({ ca: aws.ca });
  await using broker = createBroker({ region: aws.region, endpoint: { url: aws.url.sts }, transport });
  await expect(broker.role({ roleArn: aws.role("None").arn }).get()).rejects.toMatchObject({
    code: "SOURCE_ABSENT",
    message: expect.stringContaining("no credentials: environment: AWS_ACCESS_KEY_ID is not set; profile: "),
  });
  expect(aws.calls({})).toHaveLength(0);
});

test("importing the package loads no SDK: its parts come with the first call that needs them", async () => {
  const { metafile } = await build({
    entryPoints: [fileURLToPath(new URL("../../src/index.ts", import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    conditions: ["@countersign/source"],
    external: ["@aws-sdk/*", "prom-client", "lru-cache", "undici"],
    outdir: "out",
    logLevel: "error",
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  const lazy = imports
    .filter(({ kind }) => kind === "dynamic-import")
    .map(({ path }) => path)
    .filter((path) => !path.startsWith("node:"));
  const eager = imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => path);
  expect(lazy.toSorted()).toEqual(["@aws-sdk/client-sts", "prom-client"]);
  expect(eager.filter((path) => !path.startsWith("node:"))).not.toContain("@aws-sdk/client-sts");
  expect(eager.some((path) => path.startsWith("@aws-sdk/") || path === "prom-client")).toBe(false);
});
