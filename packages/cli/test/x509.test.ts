import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Aws, startAws } from "@countersign/testing";
import { createClock } from "@countersign/signer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "./run.ts";

let aws: Aws<ReturnType<typeof createClock>>;
let env: Record<string, string | undefined>;
let roleArn: string;
const folder = mkdtempSync(path.join(os.tmpdir(), "countersign-cli-x509-"));
const write = (name: string, content: string): string => {
  const file = path.join(folder, name);
  writeFileSync(file, content, { mode: 0o600 });
  return file;
};

beforeAll(async () => {
  aws = await startAws({ clock: createClock() });
  env = { HOME: folder, AWS_ENDPOINT_URL: aws.url.all, AWS_CA_BUNDLE: write("ca.pem", aws.ca) };
  const Action = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
  const Principal = { Service: "rolesanywhere.amazonaws.com" };
  const role = aws.role("Robot");
  role.update({ trustPolicy: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action }] } });
  roleArn = role.arn;
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await aws.close();
});

describe("credentials --x509", () => {
  it("prints credentials of IAM Roles Anywhere for a certificate in files", async () => {
    const { certificate, key, chain } = aws.rolesAnywhere.certificate({ intermediate: true });
    const { trustAnchorArn, profileArn } = aws.rolesAnywhere;
    const anywhere = ["--trust-anchor", trustAnchorArn, "--roles-anywhere-profile", profileArn, "--duration", "900"];
    const files = [
      "--x509",
      write("c.pem", certificate),
      "--x509-key",
      write("c.key", key),
      "--x509-chain",
      write("chain.pem", chain),
    ];
    const { code, out, err } = await run(["credentials", roleArn, ...files, ...anywhere], env);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toMatchObject({
      Version: 1,
      AccessKeyId: expect.stringMatching(/^ASIA/),
      AccountId: aws.user.accountId,
    });

    // One file with all of it, as some tools write it.
    const bundle = write("bundle.pem", certificate + chain + key);
    expect((await run(["credentials", roleArn, "--x509", bundle, ...anywhere], env)).code).toBe(0);

    const stranger = write("stranger.key", aws.rolesAnywhere.certificate().key);
    const wrong = await run(["credentials", roleArn, "--x509", bundle, "--x509-key", stranger, ...anywhere], env);
    expect([wrong.code, wrong.out, wrong.err]).toEqual([3, "", expect.stringMatching(/x509: key: .*SOURCE_INVALID/)]);
  });

  it.each([
    ["a key without its certificate", ["--x509-key", "k.pem"], /--x509-key needs --x509/],
    ["a certificate without a trust anchor", ["--x509", "c.pem"], /--x509 needs --trust-anchor/],
    ["a duration without a certificate", ["--duration", "900"], /--duration needs --x509/],
  ])("refuses %s", async (_, args, message) => {
    const { code, err } = await run(["credentials", "arn:aws:iam::111122223333:role/r", ...args], env);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });
});
