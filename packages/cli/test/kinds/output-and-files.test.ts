import { execFile, execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  lstatSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser } from "../../src/console/open-browser.ts";
import { readFiles } from "../../src/guard/read-files.ts";
import { readLimited } from "../../src/read-limited.ts";
import { writeWhole } from "../../src/write-whole.ts";
import { run } from "../run.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-files-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
const policiesInto = (out: string): ReturnType<typeof run> =>
  run(["guard", "policy", "--kind", "scp", "--posture", "baseline", "--out", out]);

describe("a link that another user made is not followed", () => {
  it("a link in the place of a file that is written is refused, and what it leads to stays", () => {
    writeFileSync(at("theirs"), "theirs");
    symlinkSync(at("theirs"), at("link.pem"));
    expect(() => writeWhole(at("link.pem"), "ours")).toThrow(/is a link/);
    expect(readFileSync(at("theirs"), "utf8")).toBe("theirs");
    writeFileSync(at("ca.pem"), "before");
    writeWhole(at("ca.pem"), "ours");
    expect(readFileSync(at("ca.pem"), "utf8")).toBe("ours");
    expect(() => writeWhole(at("missing/ca.pem"), "ours")).toThrow(expect.objectContaining({ code: "ENOENT" }));
    expect(readdirSync(folder).filter((name) => name.startsWith("ca.pem"))).toEqual(["ca.pem"]);
  });

  it("a pipe stays a pipe", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    const reader = execFile("cat", [at("pipe")]);
    const read = new Promise((resolve) => reader.stdout?.once("data", resolve));
    writeWhole(at("pipe"), "ours");
    expect([await read, lstatSync(at("pipe")).isFIFO()]).toEqual(["ours", true]);
    expect(() => writeWhole(folder, "ours")).toThrow(expect.objectContaining({ code: "EISDIR" }));
  });

  it("a pipe without a reader is refused, and so is one in the folder of policies", async () => {
    const out = mkdtempSync(at("policies-"));
    const pipe = path.join(out, "scp-1.json");
    execFileSync("mkfifo", [pipe]);
    expect(() => writeWhole(pipe, "ours")).toThrow("it is a pipe that no program reads");
    expect(await policiesInto(out)).toMatchObject({ code: 2, err: expect.stringContaining(`cannot write ${pipe}`) });
  });

  it("folders above are made, and where none can be made the command ends", async () => {
    expect(await policiesInto(at("new/deep"))).toMatchObject({ code: 0 });
    expect(readdirSync(at("new/deep"))).toEqual(["scp-1.json"]);
    for (const out of ["/proc/x", "/proc/x/y", at("new/deep/scp-1.json/z")])
      expect(await policiesInto(out)).toMatchObject({ code: 2, err: expect.stringContaining(`cannot write ${out}`) });
    const local = await run(["local", "--port", "0", "--directory", "/proc/x"]);
    expect(local).toMatchObject({ code: 2, err: expect.stringContaining("cannot make /proc/x") });
  });

  it("a link in the folder of policies is refused too", async () => {
    const out = mkdtempSync(at("policies-"));
    symlinkSync(at("theirs"), path.join(out, "scp-1.json"));
    const { code, err } = await policiesInto(out);
    expect([code, readFileSync(at("theirs"), "utf8")]).toEqual([2, "theirs"]);
    expect(err).toMatch(/is a link: name the file/);
  });

  it.skipIf(process.platform !== "linux")(
    "a template that is a link to a device that has nothing yet is refused",
    () => {
      symlinkSync("/dev/ptmx", at("silent.json"));
      expect(() => readFiles([at("silent.json")], {})).toThrow(expect.objectContaining({ code: "FILE_UNREADABLE" }));
      expect(() => readLimited(at("silent.json"))).toThrow(expect.objectContaining({ code: "EAGAIN" }));
    },
  );

  it("a template that is a link to a device without an end is refused", () => {
    const out = mkdtempSync(at("cdk-"));
    symlinkSync("/dev/zero", path.join(out, "a.template.json"));
    expect(() => readLimited(path.join(out, "a.template.json"), 4_000_000)).toThrow("it has more than 4000000 bytes");
    writeFileSync(at("small.json"), '{"Resources":{}}');
    expect(Buffer.from(readLimited(at("small.json"))).toString()).toBe('{"Resources":{}}');
    expect(readFiles([at("small.json")], {})).toEqual([]);
    expect(() => readFiles([at("nosuch.json")], {})).toThrow(expect.objectContaining({ code: "FILE_UNREADABLE" }));
  });
});

describe("a pipe in the place of a file blocks nothing", () => {
  it("where a template names it as a nested stack", async () => {
    execFileSync("mkfifo", [at("nested.json")]);
    const Properties = { TemplateURL: "nested.json" };
    writeFileSync(
      at("outer.json"),
      JSON.stringify({ Resources: { N: { Type: "AWS::CloudFormation::Stack", Properties } } }),
    );
    const { code, out } = await run(["guard", at("outer.json"), "--posture", "private"]);
    expect([code, out]).toEqual([1, expect.stringContaining("unjudged")]);
  });

  it("where a folder of templates has it", async () => {
    const out = mkdtempSync(at("cdk-"));
    execFileSync("mkfifo", [path.join(out, "a.template.json")]);
    expect(await run(["guard", out])).toMatchObject({ code: 2, err: expect.stringContaining("must be a file") });
  });
});

describe("a pipe without a writer in the place of a file that a command line names is refused", () => {
  it.each([
    ["a configuration", ["serve", "CONFIG", "--check"]],
    ["a template", ["guard", "CONFIG"]],
  ])("%s", async (name, args) => {
    const pipe = at(`${name.replace(" ", "-")}.json`);
    execFileSync("mkfifo", [pipe]);
    const { code, err } = await run(args.map((arg) => (arg === "CONFIG" ? pipe : arg)));
    expect([code, err]).toEqual([2, expect.stringContaining("because it is a pipe that no program writes to")]);
  });

  it.skipIf(process.platform !== "linux")("where every user may make it under /dev or /proc leads to it", async () => {
    const shared = mkdtempSync("/dev/shm/countersign-files-");
    try {
      const [pipe, link] = [path.join(shared, "pipe"), path.join(shared, "link")];
      execFileSync("mkfifo", [pipe]);
      symlinkSync("/dev/ptmx", link);
      expect(await run(["guard", pipe])).toMatchObject({
        code: 2,
        err: expect.stringContaining("no program writes to"),
      });
      expect(() => readLimited(link)).toThrow(expect.objectContaining({ code: "EAGAIN" }));
      expect(() => readLimited(`/proc/self/root${link}`)).toThrow(expect.objectContaining({ code: "EAGAIN" }));
      expect(() => readLimited(`/dev/..${link}`)).toThrow(expect.objectContaining({ code: "EAGAIN" }));
    } finally {
      rmSync(shared, { recursive: true });
    }
  });

  it("and one with a writer is read, a late one too", async () => {
    execFileSync("mkfifo", [at("late.json")]);
    const writer = execFile("sh", ["-c", 'sleep 0.5; printf "%s" "{" > "$0"', at("late.json")]);
    const end = new Promise((resolve) => writer.once("close", resolve));
    expect(Buffer.from(readLimited(at("late.json"))).toString()).toBe("{");
    await end;
  });
});

/** Ends, and tells, as the built command does: the streams of a test are not those of a process. */
function built(
  line: string,
  env: NodeJS.ProcessEnv = {},
  before = "",
): Promise<{ readonly code: number; readonly err: string }> {
  const command = fileURLToPath(new URL("../../bin/countersign.mjs", import.meta.url));
  return new Promise((resolve) => {
    execFile(
      "/bin/sh",
      ["-c", `${before} "$0" "$1" ${line}`, process.execPath, command],
      { env: { ...process.env, ...env } },
      (error, _, err) => resolve({ code: Number(error?.code ?? 0), err }),
    );
  });
}

describe.skipIf(process.platform !== "linux")("output that cannot be written is a failure", () => {
  const told = "error: the output cannot be written (ENOSPC)";

  it("such as on a full disk, also of findings, which keep their own code", async () => {
    writeFileSync(
      at("public.json"),
      JSON.stringify({ Resources: { N: { Type: "AWS::SageMaker::NotebookInstance", Properties: {} } } }),
    );
    expect(await built("completion bash > /dev/full")).toMatchObject({
      code: 2,
      err: expect.stringContaining(told),
    });
    expect(await built(`guard ${at("public.json")} > /dev/full`)).toMatchObject({
      code: 1,
      err: expect.stringContaining(told),
    });
  });

  it.each([
    ["a local AWS", "local --port 0 > /dev/full"],
    ["a local AWS in the background", "local --env --port 0 > /dev/full"],
    [
      "a local AWS in the background, whose reader is gone,",
      "local --env --port 0 >&4",
      'exec 3<>"$PIPE" 4>"$PIPE" 3<&-;',
    ],
    ["the inspector", "explain --web > /dev/full"],
  ])("%s ends if its address cannot be written", async (_, line, before = "") => {
    // A folder of its own: one that is left there would show a local AWS that goes on.
    const TMPDIR = mkdtempSync(at("temporary-"));
    const PIPE = `${TMPDIR}.pipe`;
    execFileSync("mkfifo", [PIPE]);
    const { code, err } = await built(line, { TMPDIR, PIPE }, before);
    expect(err).toContain("the output cannot be written, so what it names ends");
    expect(code).toBe(2);
    await expect.poll(() => readdirSync(TMPDIR), { timeout: 10_000 }).toEqual([]);
  });
});

describe.skipIf(process.platform === "win32")("a folder that takes no file is named, and what has to be set", () => {
  const local = ["local", "--port", "0"];

  it.each([
    ["is missing", (): string => at("nosuch")],
    ["is a file", (): string => at("theirs")],
  ])("a temporary folder that %s", async (_, of) => {
    const TMPDIR = of();
    expect(await built(local.join(" "), { TMPDIR })).toMatchObject({
      code: 2,
      err: expect.stringContaining(`${TMPDIR}, the folder that TMPDIR names (INVALID_OPTION)`),
    });
    const before = process.env["TMPDIR"];
    process.env["TMPDIR"] = TMPDIR;
    try {
      await expect(openBrowser("https://example.com/")).rejects.toMatchObject({
        code: "FILE_UNREADABLE",
        message: expect.stringContaining(`${TMPDIR}, which TMPDIR names`),
      });
    } finally {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
    }
  });

  it.each([
    ["a link", (pem: string): void => symlinkSync(at("theirs"), pem)],
    ["a pipe without a reader", (pem: string): void => void execFileSync("mkfifo", [pem])],
    ["a folder", (pem: string): void => mkdirSync(pem)],
  ])("one with %s in the place of ca.pem, which stays", async (_, make) => {
    const directory = mkdtempSync(at("directory-"));
    make(path.join(directory, "ca.pem"));
    const { code, err } = await run([...local, "--directory", directory]);
    expect([code, err]).toEqual([2, expect.stringContaining(directory)]);
    expect(readFileSync(at("theirs"), "utf8")).toBe("theirs");
  });
});
