import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { tryProgram, type Written } from "../consumers/run-program.ts";
import { consumers } from "../consumers/packed.ts";
import { readText, root } from "../packaging/workspaces.ts";
import { tool } from "../programs.mjs";
import { type RunningWorker, startWorker } from "../runtimes/drivers/run-suite.ts";
import { fencesOf } from "./fences.mjs";
import { createReader, type Reader } from "./reader.ts";

const ROLE = "arn:aws:iam::111122223333:role/inference";

let reader: Reader;
let folder: string;
beforeAll(async () => {
  reader = await createReader();
  // A copy outside the repository: what an example imports must be installed, and its files must be complete.
  folder = path.join(reader.folder, "examples");
  cpSync(path.join(root, "docs/examples"), folder, { recursive: true });
  mkdirSync(path.join(reader.folder, "node_modules"));
  for (const [name, from] of Object.entries({ "@countersign": root, vitest: root, fastify: consumers })) {
    symlinkSync(path.join(from, "node_modules", name), path.join(reader.folder, "node_modules", name), "junction");
  }
});
afterAll(() => reader[Symbol.asyncDispose]());
beforeEach(() => {
  reader.aws.reset();
  reader.aws.endpoint("recommender", { body: { predictions: [0.93] } });
});

/** The environment that `countersign local` prints, and what an example adds to it. */
const environment = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: reader.folder,
  ...reader.aws.environment,
  ENDPOINT_NAME: "recommender",
  ROLE_ARN: ROLE,
  ...more,
});

const calls = (): string[] => reader.aws.calls().map(({ operation, status }) => `${operation} ${status}`);

it("docs/examples/README.md names each folder", () => {
  const folders = readdirSync(path.join(root, "docs/examples"), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const named = [...readText("docs/examples/README.md").matchAll(/\]\(([\w-]+)\/?\)/gu)].map(([, name]) => name);
  expect(new Set(named)).toEqual(new Set(folders.map(({ name }) => name)));
});

describe("node-service", { timeout: 60_000 }, () => {
  let service: ChildProcess;
  let logged = "";
  let ended: Promise<number | null>;
  let origin = "";
  beforeAll(async () => {
    service = spawn(process.execPath, ["service.mjs"], {
      cwd: path.join(folder, "node-service"),
      env: environment({ PORT: "0" }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [service.stdout, service.stderr])
      stream?.on("data", (part: Buffer) => (logged += part.toString()));
    ended = new Promise((resolve) => service.once("close", resolve));
    const listening = vi.waitUntil(() => /Server listening at (http:[\d.:/]+)/u.exec(logged)?.[1], { timeout: 30_000 });
    const early = ended.then((code): never => {
      throw new Error(`the service ended with ${code}:\n${logged}`);
    });
    // The one that loses the race may still reject.
    for (const loser of [listening, early]) loser.catch(() => undefined);
    origin = await Promise.race([listening, early]);
  });
  afterAll(() => service.kill("SIGKILL"));

  const score = (body = '{"instances":[[1]]}'): Promise<Response> =>
    fetch(`${origin}/score`, { method: "POST", headers: { "content-type": "application/json" }, body });

  it("answers with the endpoint's answer, and assumed its role before it listened", async () => {
    const answers = await Promise.all([score(), score()]);
    expect(await Promise.all(answers.map((answer) => answer.json()))).toEqual([
      { predictions: [0.93] },
      { predictions: [0.93] },
    ]);
    expect(calls().filter((call) => call !== "AssumeRole 200")).toEqual(["InvokeEndpoint 200", "InvokeEndpoint 200"]);
  });

  it("tells a caller the code of a failure, and its log the message", async () => {
    reader.aws.endpoint("recommender", { modelError: { status: 500, message: "out of memory" } });
    const answer = await score();
    expect([answer.status, await answer.json()]).toEqual([502, { error: "ModelError" }]);
    await expect.poll(() => logged).toContain('"code":"ModelError"');
    expect((await score("{")).status).toBe(400);
  });

  it("answers the requests under way when it is stopped, then ends with 0", async () => {
    let arrived = (): void => undefined;
    const underWay = new Promise<void>((resolve) => (arrived = resolve));
    let answerNow = (): void => undefined;
    const held = new Promise<void>((resolve) => (answerNow = resolve));
    reader.aws.endpoint("recommender", async () => {
      arrived();
      await held;
      return { body: { late: true } };
    });
    const last = score();
    await underWay;
    service.kill("SIGTERM");
    // New connections are refused while the last request is still answered.
    await expect
      .poll(() =>
        fetch(origin).then(
          () => "open",
          () => "closed",
        ),
      )
      .toBe("closed");
    answerNow();
    expect(await (await last).json()).toEqual({ late: true });
    expect(await ended).toBe(0);
  });

  it("does not start with a role that it may not assume", async () => {
    const { code, stderr } = await tryProgram([process.execPath, "service.mjs"], {
      cwd: path.join(folder, "node-service"),
      env: environment({ PORT: "0", ROLE_ARN: "arn:aws:iam::111122223333:role/refused" }),
    });
    expect(code).toBe(1);
    expect(stderr).toContain("ACCESS_DENIED");
  });
});

describe("lambda", { timeout: 60_000 }, () => {
  /** Runs lines with the handlers in scope, in a process of its own as Lambda does, and reads what they printed. */
  async function invoke(lines: string, more?: Readonly<Record<string, string>>): Promise<Written> {
    return tryProgram([process.execPath, "--input-type=module", "--eval", lines], {
      cwd: path.join(folder, "lambda"),
      env: environment(more),
    });
  }

  it("answers text and base64 bodies, with one client for both", async () => {
    const { stdout, stderr, code } = await invoke(`
      import { handler } from "./handler.mjs";
      const context = { getRemainingTimeInMillis: () => 10_000 };
      const first = await handler({ body: '{"instances":[]}' }, context);
      const second = await handler({ body: Buffer.from('{"instances":[]}').toString("base64"), isBase64Encoded: true }, context);
      console.log(JSON.stringify([first, second]));
      process.exit();`);
    const answer = {
      statusCode: 200,
      headers: { "content-type": "application/json" },
      body: '{"predictions":[0.93]}',
    };
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    expect(JSON.parse(stdout)).toEqual([answer, answer]);
    expect(calls()).toEqual(["InvokeEndpoint 200", "InvokeEndpoint 200"]);
  });

  it("answers with a code when the endpoint does not exist, or time runs out", async () => {
    const lines = (left: number): string => `
      import { handler } from "./handler.mjs";
      console.log(JSON.stringify(await handler({ body: "{}" }, { getRemainingTimeInMillis: () => ${left} })));
      process.exit();`;
    const absent = await invoke(lines(10_000), { ENDPOINT_NAME: "absent" });
    expect(JSON.parse(absent.stdout)).toEqual({ statusCode: 502, body: '{"error":"ValidationError"}' });
    const late = await invoke(lines(0));
    expect(JSON.parse(late.stdout)).toEqual({ statusCode: 502, body: '{"error":"TIMEOUT"}' });
    expect(absent.stderr + late.stderr).not.toContain(reader.aws.user.secretAccessKey);
  });

  it("streams the parts of an answer", async () => {
    reader.aws.endpoint("llm", { parts: ["data: 1\n\n", "data: 2\n\n"] });
    const { stdout, stderr } = await invoke(
      `
      import { Writable } from "node:stream";
      globalThis.awslambda = { streamifyResponse: (handler) => handler };
      const { handler } = await import("./stream-handler.mjs");
      const parts = [];
      const response = new Writable({ highWaterMark: 1, write(part, _encoding, done) { parts.push(String(part)); setImmediate(done); } });
      response.setContentType = (type) => parts.push(type);
      await handler({ body: "{}" }, response);
      console.log(JSON.stringify([parts, response.writableEnded]));
      process.exit();`,
      { ENDPOINT_NAME: "llm" },
    );
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual([["text/event-stream", "data: 1\n\n", "data: 2\n\n"], true]);
  });
});

describe("worker, in workerd", { timeout: 60_000 }, () => {
  let worker: RunningWorker;
  let bare: RunningWorker;
  beforeAll(async () => {
    const outfile = path.join(folder, "worker/suite.mjs");
    await build({
      entryPoints: [path.join(folder, "worker/worker.mjs")],
      outfile,
      bundle: true,
      format: "esm",
      conditions: ["workerd", "worker", "browser"],
      external: ["node:*"],
      logLevel: "silent",
    });
    const { AWS_ENDPOINT_URL = "", AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "" } = reader.aws.environment;
    const bindings = {
      AWS_REGION: "eu-west-1",
      AWS_ENDPOINT_URL,
      AWS_ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY,
      ENDPOINT_NAME: "recommender",
    };
    const { ca } = reader.aws;
    worker = await startWorker(path.join(folder, "worker"), { bindings: { ...bindings, CLIENT_TOKEN: "open" }, ca });
    bare = await startWorker(path.join(folder, "worker"), { bindings, ca });
  });
  afterAll(() => {
    worker.stop();
    bare.stop();
  });

  const post = (token: string, { url } = worker): Promise<Response> =>
    fetch(url, { method: "POST", headers: { authorization: `Bearer ${token}` }, body: "{}" });

  it("answers callers that have the token, several at a time", async () => {
    const answers = await Promise.all([post("open"), post("open"), post("open")]);
    for (const answer of answers) expect([answer.status, await answer.json()]).toEqual([200, { predictions: [0.93] }]);
    expect(calls()).toEqual(Array(3).fill("InvokeEndpoint 200"));
  });

  it("refuses other callers before it signs, and every caller when no token is set", async () => {
    const refused = await Promise.all([
      post("shut"),
      post(""),
      post("undefined", bare),
      post("", bare),
      fetch(worker.url),
    ]);
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401, 405]);
    expect(calls()).toEqual([]);
  });

  it("tells a caller the code of a failure alone", async () => {
    reader.aws.endpoint("recommender", { modelError: { status: 500, message: "out of memory" } });
    const answer = await post("open");
    expect([answer.status, await answer.json()]).toEqual([502, { error: "ModelError" }]);
  });
});

describe("cli-profile", { timeout: 60_000 }, () => {
  it("is the assumed role for the AWS CLI", async () => {
    reader.write("config", readFileSync(path.join(folder, "cli-profile/config"), "utf8"));
    const who = await reader.shell("aws sts get-caller-identity --profile inference");
    expect(who).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(who.out)).toMatchObject({ Arn: "arn:aws:sts::111122223333:assumed-role/inference/countersign" });
    expect(reader.aws.calls({ operation: "AssumeRole" })).toHaveLength(1);
  });
});

describe("own-tests and docs/local-aws.md", { timeout: 120_000 }, () => {
  const fences = fencesOf(readText("docs/local-aws.md"));

  it("the guide shows the files as they are", () => {
    const shown = fences.filter(({ language }) => language === "js").map(({ name, code }) => [name, code]);
    const files = readdirSync(path.join(root, "docs/examples/own-tests"));
    expect(Object.fromEntries(shown)).toEqual(
      Object.fromEntries(files.map((name) => [name, readText(`docs/examples/own-tests/${name}`)])),
    );
  });

  it("node:test", async () => {
    const { code, stdout } = await tryProgram(
      [process.execPath, "--test", "--test-timeout=60000", "scorer.node.test.mjs"],
      {
        cwd: path.join(folder, "own-tests"),
        env: { PATH: process.env["PATH"], HOME: reader.folder, NODE_TEST_CONTEXT: undefined },
      },
    );
    expect(stdout).toMatch(/(?:#|ℹ) pass 3\n/u);
    expect(code).toBe(0);
  });

  it("vitest", async () => {
    const command = [...tool("vitest"), "run", "scorer.vitest.test.mjs"];
    const { code, stdout, stderr } = await tryProgram(command, {
      cwd: path.join(folder, "own-tests"),
      env: { PATH: process.env["PATH"], HOME: reader.folder, NO_COLOR: "1", VITEST: undefined },
    });
    expect({ stdout, stderr, code }).toMatchObject({ stdout: expect.stringMatching(/Tests +1 passed/u), code: 0 });
  });

  it("any other program, by its environment", async () => {
    const script = fences.find(({ language }) => language === "sh");
    const lines = (script?.code ?? "").replace("--port 4566", "--port 0");
    expect(lines).not.toBe(script?.code);
    const { code, out } = await reader.shell(`cd '${path.join(folder, "own-tests")}'\n${lines}`, { NODE_OPTIONS: "" });
    expect({ code, out }).toEqual({ code: 0, out: '{\n    "Models": []\n}\n{ features: [ 0.5, 1.5 ] }\n' });
  });
});
