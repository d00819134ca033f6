import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { type Aws, startAws } from "@countersign/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../../src/main.ts";

let aws: Aws;
const folder = mkdtempSync(path.join(os.tmpdir(), "countersign-exec-"));
const caFile = path.join(folder, "ca.pem");
beforeAll(async () => {
  aws = await startAws();
  writeFileSync(caFile, aws.ca);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await aws.close();
});

/** Runs a command line with the clock of the local AWS. */
async function exec(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  let err = "";
  const env = { ...aws.env, PATH: process.env["PATH"], HOME: folder, AWS_CA_BUNDLE: caFile, ...more };
  const code = await main(["exec", ...args], {
    stdout: () => undefined,
    stderr: (text) => (err += text),
    env,
    isTerminal: false,
    columns: 80,
    clock: aws.clock,
  });
  return { code, err };
}

/** What the child reports of itself each time the test lets it go on. */
interface Report {
  readonly pid: number;
  readonly status: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly token: string;
  readonly expiration: string;
}

/** A child that asks its endpoint each time the test lets it, and reports what it got. */
const CHILD = `
const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN: authorization, DIRECTOR } = process.env;
for (;;) {
  if ((await (await fetch(DIRECTOR)).text()) === "stop") process.exit(7);
  const answer = await fetch(url, { headers: { authorization } });
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: token, Expiration: expiration } = await answer.json();
  const body = JSON.stringify({ pid: process.pid, status: answer.status, accessKeyId, secretAccessKey, token, expiration });
  await fetch(DIRECTOR, { method: "POST", body });
}
`;

interface Director extends AsyncDisposable {
  readonly url: string;
  /** Lets the child ask once. */
  next(): Promise<Report>;
  stop(): void;
}

async function startDirector(): Promise<Director> {
  let go: ((word: string) => void) | undefined;
  let waiting: string[] = [];
  let report: ((report: Report) => void) | undefined;
  const give = (word: string): void => {
    if (go === undefined) waiting.push(word);
    else go(word);
    go = undefined;
  };
  const server: Server = createServer((request, response) => {
    if (request.method === "GET") {
      const [word] = waiting;
      waiting = waiting.slice(1);
      if (word === undefined) go = (given) => void response.end(given);
      else response.end(word);
      return;
    }
    let text = "";
    request
      .on("data", (part: Buffer) => (text += part.toString()))
      .on("end", () => {
        response.end();
        report?.(JSON.parse(text) as Report);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    next() {
      const made = new Promise<Report>((resolve) => (report = resolve));
      give("go");
      return made;
    },
    stop: () => give("stop"),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

describe("exec", () => {
  it("renews a child's credentials over three session lifetimes, and keeps every key out of /proc", async () => {
    await using director = await startDirector();
    const roleArn = aws.role("Training").arn;
    const source = aws.user.secretAccessKey;
    const run = exec([roleArn, "--", process.execPath, "--input-type=module", "-e", CHILD], { DIRECTOR: director.url });
    const reports: Report[] = [];
    for (let lifetime = 0; lifetime <= 3; lifetime++) {
      if (lifetime > 0) await aws.clock.advance(3_600_000);
      const report = await director.next();
      expect(report.status).toBe(200);
      expect(Date.parse(report.expiration) - aws.clock.now()).toBeGreaterThan(16 * 60_000);
      reports.push(report);
    }
    expect(new Set(reports.map(({ accessKeyId }) => accessKeyId)).size).toBe(4);

    const pid = reports[0]?.pid;
    const shown = ["cmdline", "environ"].map((name) => readFileSync(`/proc/${pid}/${name}`, "latin1")).join("\0");
    expect(shown).toContain("AWS_CONTAINER_AUTHORIZATION_TOKEN=");
    const secrets = reports.flatMap(({ accessKeyId, secretAccessKey, token }) => [accessKeyId, secretAccessKey, token]);
    for (const secret of [...secrets, source, aws.user.accessKeyId]) expect(shown).not.toContain(secret);
    expect(shown).not.toMatch(/AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|PROFILE)=/);
    director.stop();
    expect(await run).toEqual({ code: 7, err: "" });
  });

  it("serves only a program with the token, on this address", async () => {
    await using director = await startDirector();
    const file = path.join(folder, "environment.json");
    const child = `
      const fs = await import("node:fs");
      fs.writeFileSync(${JSON.stringify(file)}, JSON.stringify(process.env));
      await (await fetch(process.env.DIRECTOR)).text();
    `;
    const args = [aws.role("Training").arn, "--", process.execPath, "--input-type=module", "-e", child];
    const run = exec(args, { DIRECTOR: director.url, AWS_PROFILE: "" });
    const env = await readJson(file);
    const url = env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] ?? "";
    const authorization = env["AWS_CONTAINER_AUTHORIZATION_TOKEN"] ?? "";
    const status = async (headers: Record<string, string>, at = url, method = "GET") =>
      (await fetch(at, { method, headers })).status;
    expect(await status({ authorization })).toBe(200);
    expect(await status({})).toBe(401);
    expect(await status({ authorization: `${authorization}x` })).toBe(401);
    expect(await status({ authorization, origin: "https://page.example" })).toBe(403);
    expect(await status({ authorization, "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await status({ authorization }, url.replace("127.0.0.1", "localhost"))).toBe(403);
    expect(await status({ authorization }, `${url}/other`)).toBe(404);
    expect(await status({ authorization }, url, "POST")).toBe(404);
    expect(env).toMatchObject({
      AWS_REGION: aws.region,
      AWS_CONFIG_FILE: os.devNull,
      AWS_SHARED_CREDENTIALS_FILE: os.devNull,
      AWS_CA_BUNDLE: caFile,
    });
    director.stop();
    expect((await run).code).toBe(0);
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  });

  it.each([
    ["no command", ["arn:aws:iam::111122223333:role/r"], 2, /name a command after --/],
    ["half an ARN", ["arn:aws:iam::role/r", "--", "true"], 2, /exec: the role must be an ARN/],
    ["a role twice", ["arn:aws:iam::111122223333:role/r", "--role", "x", "--", "true"], 2, /name the role once/],
    ["long-term keys", ["--", "true"], 3, /gives a command temporary credentials only/],
    [
      "a program that is not there",
      ["--role", "ROLE", "--", "no-such-program-here"],
      127,
      /cannot be started \(ENOENT\)/,
    ],
    ["a folder instead of a program", ["--role", "ROLE", "--", "/"], 126, /cannot be started \(EACCES\)/],
    ["a program without a name", ["--role", "ROLE", "--", ""], 127, /cannot be started \(ENOENT\)/],
    ["a program in a file", ["--role", "ROLE", "--", `${process.execPath}/x`], 127, /cannot be started \(ENOTDIR\)/],
    ["too long a name", ["--role", "ROLE", "--", "x".repeat(5000)], 126, /cannot be started \(ENAMETOOLONG\)/],
    ["a missing role, whatever options the command has", ["ROLEX", "--", "true", "--json"], 3, /^error: /],
  ])("refuses %s", async (_, args, code, message) => {
    const role = aws.role("Training").arn;
    const { code: got, err } = await exec(args.map((one) => one.replace(/^ROLE/, role)));
    expect({ got, err }).toEqual({ got: code, err: expect.stringMatching(message) });
  });

  it("starts no command when there are no credentials", async () => {
    const file = path.join(folder, "touched");
    const args = [`arn:aws:iam::${aws.user.accountId}:role/Missing`, "--", "touch", file];
    const { code, err } = await exec(args, { AWS_SECRET_ACCESS_KEY: "wrong" });
    expect([code, err]).toEqual([3, expect.stringContaining("error:")]);
    expect(() => readFileSync(file)).toThrow("ENOENT");
  });

  it("hands the settings of a profile on as variables", async () => {
    const config = path.join(folder, "config");
    writeFileSync(
      config,
      `[profile work]\nrole_arn = ${aws.role("Training").arn}\nsource_profile = base\nregion = ${aws.region}\nservices = own\n` +
        `use_dualstack_endpoint = true\nca_bundle = ca.pem\n[services own]\nsagemaker =\n  endpoint_url = https://sm.example\nsts =\n` +
        `  endpoint_url = ${aws.url.sts}\n[profile base]\naws_access_key_id = ${aws.user.accessKeyId}\n` +
        `aws_secret_access_key = ${aws.user.secretAccessKey}\n`,
    );
    const file = path.join(folder, "settings.json");
    const child = `require("node:fs").writeFileSync(${JSON.stringify(file)}, JSON.stringify(process.env))`;
    const hidden = { AWS_ENDPOINT_URL: "", AWS_CA_BUNDLE: "", AWS_REGION: "", AWS_DEFAULT_REGION: "" };
    const args = ["--profile", "work", "--", process.execPath, "-e", child];
    expect(await exec(args, { ...hidden, AWS_CONFIG_FILE: config })).toEqual({ code: 0, err: "" });
    expect(await readJson(file)).toMatchObject({
      AWS_REGION: aws.region,
      AWS_USE_DUALSTACK_ENDPOINT: "true",
      AWS_CA_BUNDLE: caFile,
      AWS_ENDPOINT_URL_SAGEMAKER: "https://sm.example",
      AWS_ENDPOINT_URL_STS: aws.url.sts,
    });
  });
});

async function readJson(file: string): Promise<Record<string, string>> {
  for (let tries = 0; ; tries++) {
    try {
      return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
    } catch (error) {
      if (tries === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
