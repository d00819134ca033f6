import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { startAws } from "@countersign/testing";
import { afterAll, describe, expect, it } from "vitest";
import { type Answer, recordingTransport } from "../../../broker/test/sources/fixture.ts";
import { openBrowser } from "../../src/console/open-browser.ts";
import { signInUrl, type SignIn } from "../../src/console/sign-in-url.ts";
import { run } from "../run.ts";

const credentials = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "a-secret/key+", sessionToken: "a-secret-token==" };
const token: Answer = { body: '{"SigninToken":"sign-in-token_1"}' };
const folder = mkdtempSync(path.join(os.tmpdir(), "countersign-console-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

function make(change: Partial<SignIn> = {}, answer: Answer = token) {
  const { transport, asked } = recordingTransport(() => answer);
  return { asked, url: () => signInUrl({ credentials, region: "eu-west-1", transport, endpoint: {}, ...change }) };
}

describe("the sign-in URL", () => {
  it.each([
    ["eu-west-1", "https://eu-west-1.signin.aws.amazon.com", "https://eu-west-1.console.aws.amazon.com/"],
    ["cn-north-1", "https://cn-north-1.signin.amazonaws.cn", "https://cn-north-1.console.amazonaws.cn/"],
    [
      "us-gov-west-1",
      "https://us-gov-west-1.signin.amazonaws-us-gov.com",
      "https://us-gov-west-1.console.amazonaws-us-gov.com/",
    ],
  ])("of %s has the token of its partition's federation endpoint and no key", async (region, origin, home) => {
    const { asked, url } = make({ region });
    const made = new URL(await url());
    expect([made.origin, made.pathname]).toEqual([origin, "/federation"]);
    expect(Object.fromEntries(made.searchParams)).toEqual({
      Action: "login",
      Issuer: "countersign",
      Destination: home,
      SigninToken: "sign-in-token_1",
    });
    const request = new URL(asked[0]?.url ?? "");
    expect([request.origin, request.searchParams.get("Action")]).toEqual([origin, "getSigninToken"]);
    expect(JSON.parse(request.searchParams.get("Session") ?? "")).toEqual({
      sessionId: "ASIAEXAMPLE",
      sessionKey: "a-secret/key+",
      sessionToken: "a-secret-token==",
    });
    expect(request.searchParams.has("SessionDuration")).toBe(false);
  });

  it("takes a duration and a page of the console", async () => {
    const destination = "https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1#/endpoints";
    const { asked, url } = make({ durationSeconds: 3600, destination });
    expect(new URL(await url()).searchParams.get("Destination")).toBe(destination);
    expect(new URL(asked[0]?.url ?? "").searchParams.get("SessionDuration")).toBe("3600");
  });

  it.each([
    "http://console.aws.amazon.com/",
    "https://console.aws.amazon.com.attacker.example/",
    "https://attacker.example/console.aws.amazon.com",
    "https://user@console.aws.amazon.com/",
    "https://console.amazonaws.cn/",
    "not a url",
  ])("refuses the page %s, before keys go to the federation endpoint", async (destination) => {
    const { asked, url } = make({ destination });
    await expect(url()).rejects.toMatchObject({ code: "USAGE" });
    expect(asked).toEqual([]);
  });

  it.each([
    ["long-term keys", { credentials: { accessKeyId: "AKID", secretAccessKey: "s" } }, token, "CREDENTIALS_MISSING"],
    ["a partition without a known console", { region: "us-iso-east-1" }, token, "UNKNOWN_REGION"],
    ["a refusal", {}, { status: 400, body: "a-secret-token==" }, "CONSOLE_REFUSED"],
    ["an answer without a token", {}, { body: '{"SigninToken":"<script>"}' }, "CONSOLE_REFUSED"],
    ["an answer without end", {}, { body: "x".repeat(100_000) }, "CONSOLE_REFUSED"],
  ])("of %s is an error without a secret", async (_, change, answer, code) => {
    const error = (await make(change, answer)
      .url()
      .catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ name: "CliError", code });
    expect(error.message + String(error.cause)).not.toContain("a-secret");
  });

  it("is opened through a page that only this user can read, and that does not stay", async () => {
    const seen = path.join(folder, "seen");
    const script = `const [page] = process.argv.slice(1); const fs = require("node:fs"); const file = new URL(page);
      fs.writeFileSync(${JSON.stringify(seen)}, JSON.stringify([page, fs.readFileSync(file, "utf8"), fs.statSync(file).mode & 0o777]))`;
    await openBrowser("https://x.example/?SigninToken=t</script>", [process.execPath, "-e", script], 0);
    const [page, content, mode] = JSON.parse(readFileSync(seen, "utf8")) as [string, string, number];
    expect(page).not.toContain("SigninToken");
    expect(content).toContain('location.replace("https://x.example/?SigninToken=t\\u003c/script>")');
    expect(mode).toBe(0o600);
    expect(() => readFileSync(new URL(page))).toThrow("ENOENT");
    await expect(openBrowser("https://x.example/", ["no-such-program"], 0)).rejects.toMatchObject({
      message: "console: no-such-program could not open the page (ENOENT); leave --open out",
    });
  });
});

describe("countersign console", () => {
  it("sends nothing to a server without forward secrecy", async () => {
    await using aws = await startAws({ tls: { ecr: "static-rsa" } });
    const ca = path.join(folder, "ca.pem");
    writeFileSync(ca, aws.ca);
    const env = {
      ...aws.env,
      HOME: folder,
      PATH: process.env["PATH"],
      AWS_CA_BUNDLE: ca,
      AWS_ENDPOINT_URL_SIGNIN: aws.url.ecr,
    };
    const { code, out, err } = await run(["console", aws.role("Console").arn], env);
    expect([code, out]).toEqual([4, ""]);
    expect(err).toContain("TLS_CIPHER_REFUSED");
    expect(err).not.toContain("Session=");
  });

  it.each([
    ["half an ARN", ["console", "role/x"], /console: the role must be an ARN/],
    ["a duration of a minute", ["console", "--duration", "60"], /900 to 43200/],
  ])("refuses %s", async (_, args, message) => {
    const { code, err } = await run(args, { HOME: folder });
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });
});
