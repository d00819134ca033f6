import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Aws, startAws } from "@countersign/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { boundedLines } from "../../src/daemon/bounded-lines.ts";
import { runChild } from "../../src/exec/run-child.ts";
import { main } from "../../src/main.ts";

const ESC = "\u001B";
/** What a name may hold that came from elsewhere: a terminal, a runner of a pipeline or a reader would act on each. */
const HOSTILE = `N${ESC}[2J\u009B1A\r\n::error file=a::forged\n##vso[task.setvariable variable=A]b ##[error]c "'<&>]]>\u202E[a](https://evil.test)`;

let folder = "";
let aws: Aws;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-foreign-"));
  aws = await startAws();
  writeFileSync(path.join(folder, "ca.pem"), aws.ca);
});
afterAll(async () => {
  await aws.close();
  rmSync(folder, { recursive: true });
});

async function run(args: readonly string[], isTerminal = true): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const decode = (output: string | Uint8Array): string =>
    typeof output === "string" ? output : Buffer.from(output).toString("utf8");
  const code = await main(args, {
    stdout: (output) => void (out += decode(output)),
    stderr: (text) => void (err += text),
    env: { ...aws.env, AWS_CA_BUNDLE: path.join(folder, "ca.pem"), HOME: folder, NO_COLOR: "1" },
    isTerminal,
    columns: 80,
  });
  return { code, out, err };
}

/** Nothing in output acts on a terminal, no line is a command to a runner, and no line holds one. */
function expectHarmless(output: string): void {
  expect(output).not.toMatch(/[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/u);
  expect(output).not.toMatch(/^\s*::/m);
  expect(output).not.toMatch(/##\w*\[/);
}

describe("names in a file that is judged act on nothing", () => {
  const file = (): string => {
    const resources = {
      [HOSTILE]: { Type: "AWS::SageMaker::NotebookInstance", Properties: { [HOSTILE]: 1, SubnetId: { Ref: HOSTILE } } },
      [`${HOSTILE}2`]: { Type: `AWS::SageMaker::${HOSTILE}` },
      Machine: { Type: "AWS::StepFunctions::StateMachine", Properties: { DefinitionString: { Ref: HOSTILE } } },
    };
    const name = path.join(folder, "a##vso[b]\u009B\u202E.json");
    writeFileSync(name, JSON.stringify({ Resources: resources }));
    return name;
  };

  it.each([[[]], [["--json"]], [["--sarif"]], [["--junit"]]])("with %j", async (options) => {
    const { code, out, err } = await run(["guard", file(), ...options]);
    expect(code).toBe(1);
    expect(out).toContain("forged");
    expectHarmless(out);
    expectHarmless(err);
  });

  it("and JSON and SARIF keep the names", async () => {
    const { out } = await run(["guard", file(), "--json"]);
    expect((JSON.parse(out) as { address: string }[]).map(({ address }) => address)).toContain(HOSTILE);
  });

  it("and no link stands in the messages of SARIF", async () => {
    const { out } = await run(["guard", file(), "--sarif"]);
    const { runs } = JSON.parse(out) as { runs: { results: { message: { text: string } }[] }[] };
    const texts = runs[0]?.results.map(({ message }) => message.text) ?? [];
    expect(texts.some((text) => text.includes("evil.test"))).toBe(true);
    for (const text of texts) expect(text).not.toMatch(/(?<!\\)\[[^\]]*(?<!\\)\]\(/);
  });

  it("nor in a message of a file that cannot be read", async () => {
    const broken = path.join(folder, "broken.json");
    writeFileSync(
      broken,
      `{ "action": ${JSON.stringify(HOSTILE)}, ${JSON.stringify(HOSTILE)}: 1, ${JSON.stringify(HOSTILE)}: 2 }`,
    );
    const { code, err } = await run(["guard", broken]);
    expect(code).toBe(2);
    expectHarmless(err);
    expectHarmless((await run(["guard", broken, "--json"])).err);
  });
});

describe("a name that is shown again acts on nothing", () => {
  it("of a command that cannot be started", async () => {
    let err = "";
    const io = { stderr: (text: string): void => void (err += text) };
    expect(await runChild([`no ${HOSTILE}`], {}, io)).toBe(127);
    expect(err).toContain("forged");
    expect(err).not.toMatch(/##\w*\[/);
  });

  it("of a folder that policies are written to", async () => {
    const { code, out } = await run([
      "guard",
      "policy",
      "--out",
      path.join(folder, `out${HOSTILE.replaceAll("/", "")}`),
    ]);
    expect(code).toBe(0);
    expectHarmless(out);
  });

  it("of a file that data could mean", async () => {
    const name = path.join(folder, "x\n::error::forged##vso[b]");
    writeFileSync(name, "{}");
    const { code, err } = await run(["invoke", "churn", "--data", name]);
    expect([code, err]).toEqual([0, expect.stringContaining("forged")]);
    expectHarmless(err);
  });

  it("of a profile that a shell completes", async () => {
    mkdirSync(path.join(folder, ".aws"));
    writeFileSync(path.join(folder, ".aws", "config"), "[profile ::error::x]\n[profile $(id)]\n[profile one:a]\n");
    expect((await run(["completion", "profiles"])).out).toBe("one:a\n");
    rmSync(path.join(folder, ".aws"), { recursive: true });
  });
});

describe("an answer acts on nothing", () => {
  it("an error of AWS, as text and as JSON", async () => {
    aws.fault({ kind: "status", status: 400, code: "ValidationError", message: HOSTILE, times: 9 });
    for (const more of [[], ["--json"]]) {
      const { code, err } = await run(["call", "ListModels", ...more]);
      expect(code).toBe(5);
      expectHarmless(err);
    }
    aws.reset();
  });

  it("a model's, on a terminal; elsewhere it is as it came", async () => {
    const body = `${ESC}]0;title\u0007${ESC}[2J${ESC}[31mé€\r\n`;
    const onTerminal = await run(["invoke", "mine", "--data", body, "--content-type", "text/plain"]);
    expect(onTerminal.out).toBe("\\u001b]0;title\\u0007\\u001b[2J\\u001b[31mé€\r\n");
    const streamed = await run(["invoke", "mine", "--stream", "--data", body, "--content-type", "text/plain"]);
    expect(streamed.out).not.toContain(ESC);
    expect((await run(["invoke", "mine", "--data", body, "--content-type", "text/plain"], false)).out).toBe(body);
  });
});

it("profiles and settings that doctor reads act on nothing", async () => {
  const config = path.join(folder, "config");
  writeFileSync(config, `[profile a${ESC}[2J##vso[b]\u009B]\nregion = eu${ESC}]0;x\n`);
  let out = "";
  await main(["doctor"], {
    stdout: (output) => void (out += String(output)),
    stderr: () => undefined,
    env: { ...aws.env, AWS_CONFIG_FILE: config, AWS_CA_BUNDLE: path.join(folder, "ca.pem"), HOME: folder },
    isTerminal: false,
    columns: 80,
  });
  expect(out).toContain("profile");
  expectHarmless(out);
});

describe("a part of a request acts on nothing that reads what sign prints", () => {
  const url = "https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/mine/invocations";
  const part = "##vso[task.setvariable variable=A]b ###[error]c";
  const body = `::a\n::error::b\n \t::debug::c\n\n:::d:: #[ ##vso ${part} \\'"##x[`;

  const sign = ["sign", url, "--header", `x-a: ${part}`, "--data", body];

  it("as a curl command", async () => {
    const { code, out } = await run(sign);
    expect(code).toBe(0);
    expectHarmless(out);
    const words = execFileSync("sh", ["-c", out.replace("curl", "printf '%s\\0'")])
      .toString()
      .split("\0");
    expect(words).toEqual(expect.arrayContaining([`x-a: ${part}`, body]));
  });

  it("as JSON", async () => {
    const { out } = await run([...sign, "--json"]);
    expectHarmless(out);
    expect(JSON.parse(out)).toMatchObject({ headers: { "x-a": part } });
  });

  it("nor the lines of a daemon", () => {
    let written = "";
    const sink = {
      write: (line: string | Uint8Array) => void (written += String(line)),
      backlog: () => 0,
      lost: () => 0,
    };
    const lines = boundedLines({ ...sink, fault: () => "" }, String, () => undefined);
    lines.write(`${JSON.stringify({ subject: HOSTILE })}\n`);
    expect(JSON.parse(written)).toEqual({ subject: HOSTILE });
    expect(written).not.toMatch(/##\w*\[/);
  });
});

it("a body with control characters is in no curl command", async () => {
  const url = "https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/mine/invocations";
  for (const body of [`a${ESC}[2J`, "a\rb", "a\u009Bb", "a\u202Eb"])
    expect(await run(["sign", url, "--data", body])).toMatchObject({ code: 2, out: "" });
  expect(await run(["sign", url, "--data", "a\n\té\r\n"])).toMatchObject({ code: 0 });
});
