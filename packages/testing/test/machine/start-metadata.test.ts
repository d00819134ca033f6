import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Aws, type Metadata, startAws, startMetadata } from "../../src/index.ts";
import { control } from "../send.ts";

let aws: Aws;
let metadata: Metadata;
beforeAll(async () => {
  aws = await startAws({ roles: ["worker"] });
  metadata = await startMetadata({ aws, role: "worker" });
});
afterAll(async () => {
  await metadata.close();
  await aws.close();
});

const path = "/latest/meta-data/iam/security-credentials/";
const token = async (seconds = 60) =>
  fetch(`${metadata.instanceUrl}/latest/api/token`, {
    method: "PUT",
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": String(seconds) },
  });
const read = async (at: string, held?: string) =>
  fetch(metadata.instanceUrl + at, { headers: held === undefined ? {} : { "x-aws-ec2-metadata-token": held } });

/** Credentials as the metadata writes them, tried on SageMaker. */
async function work(written: Record<string, string>): Promise<number> {
  const { AccessKeyId = "", SecretAccessKey = "", Token = "" } = written;
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
  return (await control(aws, "ListModels", {}, { credentials })).status;
}

describe("instance metadata", () => {
  it("gives the role's credentials for a token only, never by version 1", async () => {
    expect((await read(path)).status).toBe(401);
    const held = await (await token()).text();
    expect(await (await read(path, held)).text()).toBe("worker");
    const credentials = (await (await read(`${path}worker`, held)).json()) as Record<string, string>;
    expect(credentials).toMatchObject({ Code: "Success", Type: "AWS-HMAC" });
    expect(await work(credentials)).toBe(200);
    expect(await (await read("/latest/meta-data/placement/region", held)).text()).toBe("us-east-1");
    expect((await read("/latest/meta-data/nothing", held)).status).toBe(404);
  });

  it("refuses lifetimes out of range, forwarded requests and tokens that have expired", async () => {
    expect((await token(0)).status).toBe(400);
    expect((await token(21_601)).status).toBe(400);
    const forwarded = { "x-aws-ec2-metadata-token-ttl-seconds": "60", "x-forwarded-for": "10.0.0.1" };
    const url = `${metadata.instanceUrl}/latest/api/token`;
    expect((await fetch(url, { method: "PUT", headers: forwarded })).status).toBe(403);
    const held = await (await token(60)).text();
    await aws.clock.advance(60_000);
    expect((await read(path, held)).status).toBe(401);
  });
});

describe("the container endpoint", () => {
  it("gives the role's credentials for the token alone", async () => {
    const ask = (authorization: string) => fetch(metadata.containerUrl, { headers: { authorization } });
    expect((await ask("wrong")).status).toBe(401);
    const credentials = (await (await ask(metadata.token)).json()) as Record<string, string>;
    expect(credentials["RoleArn"]).toBe("arn:aws:iam::123456789012:role/worker");
    expect(await work(credentials)).toBe(200);
  });
});

it("refuses wrong options by name", async () => {
  await expect(startMetadata({ role: "worker" } as never)).rejects.toThrow("aws: must be a running local AWS");
  await expect(startMetadata({ aws, rol: "worker" } as never)).rejects.toThrow("did you mean role?");
});
