import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { type Local, startLocal } from "@countersign/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { run } from "./run.ts";

const ROLE = "arn:aws:iam::123456789012:role/inference";
let aws: Local;
let folder: string;
let host: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-cli-"));
  aws = await startLocal({ port: 0, roles: [ROLE], endpoints: { mine: "echo", parts: { parts: ["a", "b"] } } });
  host = new URL(aws.url.all).host;
});
afterAll(async () => {
  await aws.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  // Nothing of the developer's own configuration may reach a test.
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  vi.stubEnv("AWS_CONFIG_FILE", path.join(folder, "config"));
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", path.join(folder, "credentials"));
  vi.stubEnv("COUNTERSIGN_SOCKET", path.join(folder, "none.sock"));
  for (const [name, value] of Object.entries(aws.environment)) vi.stubEnv(name, value);
});

function file(name: string, content: string): string {
  const where = path.join(folder, name);
  writeFileSync(where, content);
  return where;
}

describe("invoke", () => {
  it("prints the model's answer as it came", async () => {
    expect(await run(["invoke", "mine", "--data", '{"a":1}'])).toMatchObject({ code: 0, out: '{"a":1}', err: "" });
  });

  it("assumes a role, streams, and reads the body from a file", async () => {
    expect((await run(["invoke", "parts", "--stream", "--role", ROLE, "-d", `@${file("b.json", "{}")}`])).out).toBe(
      "ab",
    );
    expect(aws.calls({ operation: "AssumeRole" }).length).toBeGreaterThan(0);
  });

  it("exits with 5 and AWS's reason for an endpoint that is not there", async () => {
    const { code, err } = await run(["invoke", "missing"]);
    expect(code).toBe(5);
    expect(err).toContain("missing");
  });

  it("exits with 2 for a file that is not there, and for no endpoint", async () => {
    expect(await run(["invoke", "mine", "-d", "@/no/such/file"])).toMatchObject({ code: 2 });
    expect(await run(["invoke"])).toMatchObject({ code: 2 });
  });
});

describe("call", () => {
  it("lets the guard speak first", async () => {
    const input = JSON.stringify({ ModelName: "open", ExecutionRoleArn: ROLE, PrimaryContainer: { Image: "x" } });
    const { code, err } = await run(["call", "CreateModel", "--input", input]);
    expect(code).toBe(1);
    expect(err).toContain("/VpcConfig");
    expect(aws.calls({ operation: "CreateModel" })).toHaveLength(0);
  });

  it("prints what the operation answers", async () => {
    expect(JSON.parse((await run(["call", "ListModels"])).out)).toEqual({ Models: [] });
  });

  it("exits with 2 for input that is not JSON, saying where", async () => {
    const { code, err } = await run(["call", "ListModels", "--input", `@${file("bad.json", '{\n  "a": x\n}')}`]);
    expect(code).toBe(2);
    expect(err).toMatch(/bad\.json:2:\d+: not JSON/);
  });

  it.each([
    ["alone", "SECRETSECRETSECRET"],
    ["in a member", '{"a": SECRETSECRETSECRET}'],
    ["after a whole value", '"SECRETSECRETSECRET" SECRETSECRETSECRET'],
  ])("platform errors are not quoted: a secret in the place of JSON, %s, is not shown", async (_, text) => {
    const { code, err } = await run(["call", "ListModels", "--input", `@${file("secret.json", text)}`]);
    expect([code, err]).toEqual([2, expect.not.stringContaining("SECRET")]);
  });
});

describe("sign", () => {
  const url = (): string => `${aws.url.all}/endpoints/mine/invocations`;

  it.each([
    "plain",
    "\\'; id; '",
    "=ls",
    'it\'s $HOME `id` \\ "quoted"',
    "@/etc/passwd",
    "--data",
    "line\nbreak",
    "ünïcödé ✓",
    "",
  ])("prints a curl command that sends exactly this, whatever it holds: %j", async (body) => {
    const signed = await run([
      "sign",
      url(),
      "--service",
      "sagemaker",
      `--data=${body.startsWith("@") ? `@${file("at", body)}` : body}`,
    ]);
    expect(signed.code).toBe(0);
    const sent = await promisify(execFile)("sh", ["-c", `${signed.out.trim()} --silent`], {
      env: { PATH: process.env["PATH"], CURL_CA_BUNDLE: aws.environment["AWS_CA_BUNDLE"], HOME: folder },
    });
    expect(sent.stdout).toBe(body);
  });

  it.each([
    ["content-length", "3"],
    ["Content-Length", "030"],
    ["content-length", ""],
    ["transfer-encoding", "identity"],
    ["Transfer-Encoding", "chunked"],
  ])("prints no curl command that sends %s: %j, with which a body could hold a second request", async (name, value) => {
    const sign = [
      "sign",
      url(),
      "--service",
      "sagemaker",
      "--data",
      "abcGET / HTTP/1.1",
      "--header",
      `${name}: ${value}`,
    ];
    const refused = await run(sign);
    expect(refused).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining(`header ${name.toLowerCase()}: must be`),
    });
  });

  it("prints a curl command with the length that the body has", async () => {
    const sign = ["sign", url(), "--service", "sagemaker", "--data", "é", "--header", "content-length: 2"];
    expect(await run(sign)).toMatchObject({ code: 0, out: expect.stringContaining("'content-length: 2'") });
  });

  it("prints the same as JSON", async () => {
    const { out } = await run(["sign", "--json", url(), "--service", "sagemaker", "-H", "X-Amz-Thing: 1"]);
    const signed = JSON.parse(out) as { method: string; url: string; headers: Record<string, string> };
    expect(signed.method).toBe("GET");
    expect(signed.headers["authorization"]).toContain("SignedHeaders=host;x-amz-date;x-amz-thing");
  });

  it.each(["http", "ws", "ftp"])(
    "signs nothing for %s:, which shows the session token to the network",
    async (scheme) => {
      const there = `${scheme}://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/mine/invocations`;
      for (const command of ["sign", "presign", "fetch", "explain"]) {
        const signed = await run([command, there, "--service", "sagemaker"]);
        expect(signed).toMatchObject({ code: 2, out: "", err: expect.stringContaining("must be https:, not") });
      }
      expect((await run(["sign", "http://[::1]:8080/", "--service", "sagemaker"])).code).toBe(0);
    },
  );

  it("asks for the service when the host does not tell", async () => {
    expect(await run(["sign", "https://models.example.com/"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("--service"),
    });
  });
});

describe("presign and token", () => {
  it("tell the true expiry, which is the credentials' where that is earlier", async () => {
    const { sessionToken, accessKeyId, secretAccessKey } = aws.role(ROLE).session({ durationSeconds: 900 });
    vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
    vi.stubEnv("AWS_SESSION_TOKEN", sessionToken);
    vi.stubEnv("AWS_CREDENTIAL_EXPIRATION", new Date(Date.now() + 900_000).toISOString());
    const made = JSON.parse((await run(["token", "--json"])).out) as { token: string; expiresAt: string };
    expect(made.token).toMatch(/^sagemaker-api-key-/);
    expect(Date.parse(made.expiresAt) - Date.now()).toBeLessThanOrEqual(900_000);
    const url = "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15";
    const presigned = JSON.parse((await run(["presign", url, "--json", "--expires-in", "3600"])).out) as {
      url: string;
      expiresAt: string;
    };
    expect(presigned.url).toContain("X-Amz-Signature=");
    expect(Date.parse(presigned.expiresAt) - Date.now()).toBeLessThanOrEqual(900_000);
  });

  it("take whole seconds only", async () => {
    expect(await run(["token", "--expires-in", "1h"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("whole seconds"),
    });
  });
});

describe("fetch", () => {
  const url = (): string => `${aws.url.all}/?Action=GetCallerIdentity&Version=2011-06-15`;

  it("sends credentials only to AWS's hosts and those that are named", async () => {
    const refused = await run(["fetch", url(), "--service", "sts"]);
    expect(refused.code).toBe(1);
    const allowed = await run(["fetch", url(), "--service", "sts", "--allow-host", host]);
    expect(allowed).toMatchObject({ code: 0, out: expect.stringContaining(":user/countersign") });
  });

  it("exits with 5 for an answer of 400 and above, and prints it", async () => {
    const { code, out } = await run([
      "fetch",
      `${aws.url.all}/?Action=Nothing&Version=2011-06-15`,
      "--service",
      "sts",
      "--allow-host",
      host,
    ]);
    expect(code).toBe(5);
    expect(out).toContain("<Code>");
  });
});

describe("explain", () => {
  it("shows every step of a signature, the session token by its length alone", async () => {
    vi.stubEnv("AWS_SESSION_TOKEN", "FwoGZXIvYXdzEXAMPLETOKEN");
    const { code, out } = await run([
      "explain",
      "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations",
      "-d",
      "{}",
    ]);
    expect(code).toBe(0);
    expect(out).toContain("canonical request");
    expect(out).toContain("<session token, 24 chars");
    expect(out).not.toContain("FwoGZXIvYXdzEXAMPLETOKEN");
  });

  it("names the cause of a refusal, from a pasted command and AWS's answer", async () => {
    const signed = await run([
      "sign",
      `${aws.url.all}/endpoints/mine/invocations`,
      "--service",
      "sagemaker",
      "-d",
      "{}",
      "-H",
      "content-type: text/plain",
    ]);
    const request = JSON.parse(
      (
        await run([
          "sign",
          "--json",
          `${aws.url.all}/endpoints/mine/invocations`,
          "--service",
          "sagemaker",
          "-d",
          "{}",
          "-H",
          "content-type: text/plain",
        ])
      ).out,
    ) as {
      url: string;
      headers: Record<string, string>;
    };
    const { Agent, request: send } = await import("node:https");
    const answer = await new Promise<string>((resolve, reject) => {
      const sending = send(
        request.url,
        {
          method: "POST",
          headers: { ...request.headers, "content-type": "text/html" },
          agent: new Agent({ ca: aws.ca }),
        },
        (response) => {
          let body = "";
          response.on("data", (part: Buffer) => (body += part.toString()));
          response.on("end", () => resolve(body));
        },
      );
      sending.on("error", reject);
      sending.end("{}");
    });
    const raw = `POST /endpoints/mine/invocations HTTP/1.1\r\nhost: ${host}\r\n${Object.entries(request.headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("")}\r\n{}`;
    const { code, out } = await run([
      "explain",
      "--request",
      file("request.txt", raw),
      "--response",
      file("403", answer),
      "--json",
    ]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      diagnosis: { cause: "header-changed", difference: { expected: "content-type:text/html" } },
    });
    expect((await run(["explain", "--request", file("curl.txt", signed.out)])).code).toBe(0);
  });

  it("exits with 2 for what is no request", async () => {
    expect(await run(["explain", "--request", file("junk", "junk")])).toMatchObject({ code: 2 });
  });
});

describe("credentials", () => {
  it("prints what credential_process expects", async () => {
    const { code, out } = await run(["credentials", ROLE]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      Version: 1,
      Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
  });

  it("exits with 4 when STS cannot be reached, and prints nothing on stdout", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", "https://localhost:1");
    const { code, out, err } = await run(["credentials", ROLE]);
    expect({ code, out }).toEqual({ code: 4, out: "" });
    expect(err).not.toContain(aws.user.secretAccessKey);
  });

  it("exits with 3 when STS says no", async () => {
    expect(await run(["credentials", "arn:aws:iam::123456789012:role/missing"])).toMatchObject({ code: 3, out: "" });
  });

  it("exits with 3 when there is nothing to sign with", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", undefined);
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    expect(await run(["credentials", ROLE])).toMatchObject({ code: 3, out: "" });
  });

  it("are those of the profile that is named, whatever the daemon has", async () => {
    const socket = path.join(folder, "alice.sock");
    const alice = createServer((_, response) => response.end('{"Version":1,"AccessKeyId":"ASIAALICE"}'));
    await new Promise<void>((resolve) => void alice.listen(socket, resolve));
    vi.stubEnv("COUNTERSIGN_SOCKET", socket);
    try {
      expect((await run(["credentials", ROLE])).out).toContain("ASIAALICE");
      const { accessKeyId, secretAccessKey } = aws.user;
      vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", path.join(folder, "bobs"));
      writeFileSync(
        path.join(folder, "bobs"),
        `[bob]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
      );
      vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
      vi.stubEnv("AWS_SECRET_ACCESS_KEY", undefined);
      const bob = await run(["credentials", ROLE, "--profile", "bob"]);
      expect(bob).toMatchObject({ code: 0, err: "" });
      expect(bob.out).not.toContain("ASIAALICE");
      expect(await run(["credentials", ROLE, "--profile", "carol"])).toMatchObject({ code: 3, out: "" });
    } finally {
      alice.close();
    }
  });

  it("exits with 2 for anything but the ARN of a role", async () => {
    expect(await run(["credentials", "inference"])).toMatchObject({ code: 2 });
  });
});

describe("doctor", () => {
  it("passes a healthy environment", async () => {
    const { code, out } = await run(["doctor", "--json"]);
    expect(code).toBe(0);
    const checks = JSON.parse(out) as { name: string; status: string }[];
    expect(checks.filter(({ status }) => status === "fail")).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual(expect.arrayContaining(["TLS to sts", "clock", "identity"]));
  });

  it("explains the chain: the profile, where each setting comes from, and what is not used", async () => {
    const { accessKeyId, secretAccessKey } = aws.user;
    const name = file(
      "explained",
      `[profile bob]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\nregion = us-east-1\n`,
    );
    vi.stubEnv("AWS_CONFIG_FILE", name);
    vi.stubEnv("AWS_REGION", "");
    vi.stubEnv("AWS_DEFAULT_REGION", "");
    const { out } = await run(["doctor", "--profile", "bob", "--json"]);
    const checks = JSON.parse(out) as { name: string; status: string; detail: string }[];
    const detail = (wanted: string) => checks.find((check) => check.name === wanted)?.detail;
    expect(detail("profile")).toBe(`bob, named by --profile or the configuration; ${name}:2`);
    expect(detail("region")).toBe(`us-east-1, from ${name}:4`);
    expect(detail("AWS_ACCESS_KEY_ID")).toContain("is not used");
    expect(detail("credentials")).toContain("from profile bob");
    expect(detail("endpoint of sts")).toContain("from AWS_ENDPOINT_URL");
    expect(out).not.toContain(secretAccessKey);
  });

  it("says what to do about a wrong secret", async () => {
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "wrong");
    const { code, out } = await run(["doctor"]);
    expect(code).toBe(3);
    expect(out).toContain("the secret does not belong to the access key");
  });

  it("says what to do about a host that is not there, and exits with 4", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", "https://localhost:1");
    const { code, out } = await run(["doctor"]);
    expect(code).toBe(4);
    expect(out).toContain("→");
  });

  it("stops at an environment that undermines TLS", async () => {
    const { code, out } = await run(["doctor"], { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: "0" });
    expect(code).toBe(1);
    expect(out).toContain("accepts any certificate");
  });
});

describe("advice", () => {
  it("says that text which is sent as it is also names a file", async () => {
    const sent = ["fetch", "https://localhost:1/x", "--service", "sagemaker", "--region", "eu-west-1", "-d"];
    const body = file("body.json", "{}");
    const { err } = await run([...sent, body]);
    expect(err).toContain(`note: --data is sent as this text; to send the file, write @${body}`);
    const { err: none } = await run([...sent, "{}"]);
    expect(none).not.toContain("note:");
  });

  it("does not tell a command that has long-term keys to set some", async () => {
    const { code, err } = await run(["exec", "--region", "eu-west-1", "--", "true"], {
      ...process.env,
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "example",
    });
    expect(code).toBe(3);
    expect(err).toContain("name a role");
    expect(err).not.toContain("set AWS_PROFILE");
  });
});

describe("completion", () => {
  it.each(["bash", "zsh"])("is a script that %s can read", async (shell) => {
    const { out } = await run(["completion", shell]);
    expect(out).toContain("--allow-host");
    if (shell === "bash") await promisify(execFile)("bash", ["-n", file("completion.bash", out)]);
  });

  it("offers the profiles of the shared files, and none that a shell would run", async () => {
    const config = file(
      "profiles",
      "[default]\n[profile dev]\nregion = eu-west-1\n[profile $(touch ran)]\n[profile a b]\n",
    );
    const { out } = await run(["completion", "profiles"], {
      ...process.env,
      AWS_CONFIG_FILE: config,
      AWS_PROFILE: "missing",
    });
    expect(out.split("\n")).toContain("dev");
    expect(out).not.toMatch(/[$() ]/);

    const { out: script } = await run(["completion", "bash"]);
    const asked = `${script}
countersign() { [ "$*" = "completion profiles" ] && printf 'dev\\nprod\\n'; }
COMP_WORDS=(countersign exec --profile d); COMP_CWORD=3; _countersign; echo "\${COMPREPLY[*]}"
COMP_WORDS=(countersign exec --prof); COMP_CWORD=2; _countersign; echo "\${COMPREPLY[*]}"
COMP_WORDS=(countersign ex); COMP_CWORD=1; _countersign; echo "\${COMPREPLY[*]}"`;
    const { stdout } = await promisify(execFile)("bash", ["-c", asked]);
    expect(stdout).toBe("dev\n--profile\nexplain exec\n");
  });

  it("knows three shells", async () => {
    expect((await run(["completion", "fish"])).out).toContain("complete -c countersign");
    expect((await run(["completion", "cmd"])).code).toBe(2);
  });
});

describe("demo", () => {
  it("runs the whole job and says so as data", async () => {
    const { code, out } = await run(["demo", "--json"], {});
    expect({ code, failed: code === 0 ? "" : out }).toEqual({ code: 0, failed: "" });
    const result = JSON.parse(out) as {
      ok: boolean;
      stsCalls: number;
      hops: { forwardSecret: boolean }[];
      steps: { ok: boolean }[];
    };
    expect(result).toMatchObject({ ok: true, stsCalls: 1 });
    expect(result.hops).toHaveLength(2);
    expect(result.steps.map(({ ok }) => ok)).toEqual(Array.from({ length: 6 }, () => true));
  });
});

describe("what is said when something is wrong", () => {
  it.each([
    [
      "no credentials",
      ["invoke", "mine"],
      { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
      3,
      "set AWS_PROFILE",
    ],
    ["an unknown profile", ["call", "ListModels", "--profile", "nope"], {}, 3, 'profile "nope": is missing in'],
    ["a wrong secret", ["invoke", "mine"], { AWS_SECRET_ACCESS_KEY: "wrong" }, 3, "countersign doctor"],
    ["an unknown key", ["invoke", "mine"], { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE" }, 3, "choose another profile"],
    [
      "a host that nothing listens on",
      ["invoke", "mine"],
      { AWS_ENDPOINT_URL: "https://localhost:1" },
      4,
      "countersign doctor",
    ],
    [
      "an authority that is not trusted",
      ["invoke", "mine"],
      { AWS_CA_BUNDLE: "/etc/ssl/certs/ca-certificates.crt" },
      4,
      "AWS_CA_BUNDLE=FILE",
    ],
    [
      "a URL that cannot be read",
      ["sign", "ht tp:/x"],
      {},
      2,
      'URL: must be one such as https://HOST/PATH, not "ht tp:/x"',
    ],
    ["one argument too many", ["doctor", "now"], {}, 2, '"now" is one argument too many'],
    ["options that exclude each other", ["invoke", "mine", "--stream", "--json"], {}, 2, "Choose one"],
    ["options that would be ignored", ["demo", "--region", "eu-west-1"], {}, 2, "--endpoint-name"],
  ] as const)("%s", async (_, args, env, code, hint) => {
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const answered = await run(args);
    expect(answered).toMatchObject({ code, out: "", err: expect.stringContaining(hint) });
    expect(answered.err.split("\n").length).toBeLessThanOrEqual(6);
  });

  it("a host that may not have the signature, in the words of the command line", async () => {
    const { code, err } = await run(["fetch", "https://models.example.com/", "--service", "sagemaker"]);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("--allow-host") });
  });

  it("a file that was meant where its name was given", async () => {
    const name = file("models.json", "{}");
    expect((await run(["call", "ListModels", "--input", name])).err).toContain(`write @${name}`);
  });

  it("foreign text acts on no terminal, and fills no screen", async () => {
    const message = `no\u001B[2Jsuch\u0007 model ${"x".repeat(5000)}`;
    aws.fault({ kind: "status", status: 400, code: "ValidationError", message, times: 9 });
    const { code, err } = await run(["invoke", "mine"]);
    expect(code).toBe(5);
    expect(err).toContain(String.raw`no\u001b[2Jsuch\u0007 model xxx`);
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    expect(err.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001F\u007F-\u009F]/u);
    expect(err.length).toBeLessThan(700);
  });

  it("a port that is taken", async () => {
    const { code, err } = await run(["local", "--port", new URL(aws.url.all).port]);
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining("choose another port") });
  });
});
