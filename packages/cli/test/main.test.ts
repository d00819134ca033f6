import { describe, expect, it } from "vitest";
import { COMMANDS } from "../src/commands.ts";
import { run } from "./run.ts";

describe("the command", () => {
  it("lists its commands, and exits with 2 when none was named", async () => {
    const help = await run(["--help"]);
    expect(help.code).toBe(0);
    for (const name of Object.keys(COMMANDS)) expect(help.out).toContain(name);
    expect((await run([])).code).toBe(2);
  });

  it("tells its version", async () => {
    for (const asked of ["--version", "-v", "version"]) expect((await run([asked])).out).toBe("0.0.0-source\n");
  });

  it.each([
    ["sing", "did you mean sign?"],
    ["credential", "did you mean credentials?"],
    ["--verson", "did you mean --version?"],
    ["frobnicate", "is not a command"],
    ["__proto__", "is not a command"],
    ["constructor", "is not a command"],
  ])("answers %s with help to go on", async (name, hint) => {
    const { code, err } = await run([name]);
    expect(code).toBe(2);
    expect(err).toContain(hint);
    expect(err).toContain("--help");
  });

  it("paints nothing for pipes and where NO_COLOR is set", async () => {
    expect((await run(["--help"], {}, false)).out).not.toContain("\u001B");
    expect((await run(["--help"], { NO_COLOR: "1" }, true)).out).not.toContain("\u001B");
    expect((await run(["--help"], {}, true)).out).toContain("\u001B[1m");
  });
});

describe("an option that the command does not have", () => {
  it.each([
    ["--regoin", "--region"],
    ["--profil=dev", "--profile"],
    ["--no-deamon", "--no-daemon"],
  ])("%s is refused, and the nearest one named", async (given, nearest) => {
    const { code, err } = await run(["credentials", "arn:aws:iam::111122223333:role/inference", given, "x"]);
    expect(code).toBe(2);
    expect(err).toContain(`${given.split("=")[0]} is not an option; did you mean ${nearest}?`);
  });

  it.each(["--constructor", "--__proto__", "-Z"])("%s is refused with the way to the help", async (given) => {
    const { code, err } = await run(["token", given]);
    expect(code).toBe(2);
    expect(err).toContain(`${given} is not an option; see countersign token --help`);
  });

  it("may stand behind --, where it is an argument", async () => {
    expect((await run(["token", "--", "--regoin"])).err).toContain('"--regoin" is one argument too many');
  });
});

describe("an option", () => {
  it.each([
    [["token", "--region"], "token: --region: must have a value: --region REGION"],
    [["token", "--region", "--json"], "--region"],
    [["serve", "broker.json", "--check=yes"], "serve: --check: must have no value"],
  ])("%j is refused with the form that it has", async (args, advice) => {
    const { code, err } = await run(args);
    expect(code).toBe(2);
    expect(err).toContain(advice);
  });
});

describe("an option that takes one of a few words", () => {
  it.each([
    ["--posture", "privat", 'must be baseline, private or locked, not "privat"; did you mean private?'],
    ["--unjudged", "never", 'must be fail or warn, not "never"'],
    ["--severity", "critcal", "did you mean CRITICAL?"],
  ])("%s refuses %s with the words that it takes", async (option, word, advice) => {
    const { code, err } = await run(["guard", option, word, "-"]);
    expect(code).toBe(2);
    expect(err).toContain(`${option}: `);
    expect(err).toContain(advice);
  });
});

describe("a host that names no service known here", () => {
  it.each([
    ["sign", "pass --service NAME, and --region"],
    ["presign", "pass --service NAME, and --region"],
    ["explain", "pass --service NAME, and --region"],
    ["fetch", "pass --service NAME and --allow-host HOST, and --region"],
  ])("is refused by %s with everything that is missing", async (name, advice) => {
    const { code, err } = await run([name, "https://bedrock-runtime.eu-west-1.amazonaws.com/model/x/invoke"]);
    expect(code).toBe(2);
    expect(err).toContain(advice);
  });
});

describe("help", () => {
  it("of a command is found either way", async () => {
    expect((await run(["help", "sign"])).out).toBe((await run(["sign", "--help"])).out);
    expect(await run(["help", "sing"])).toMatchObject({ code: 2, err: expect.stringContaining("did you mean sign?") });
  });

  it.each([[["--help"]], ...Object.keys(COMMANDS).map((name) => [[name, "--help"]])])(
    "%j fits a narrow terminal, samples aside",
    async (args) => {
      const { out } = await run(args, {}, false, 60);
      const [prose = "", options = ""] = out.split("\nExamples\n")[0]?.split("\nOptions\n") ?? [];
      const long = prose.split("\n").filter((line, index) => index > 0 && !line.startsWith("  ") && line.length > 60);
      expect(long).toEqual([]);
      expect(options.split("\n").filter((line) => line.length > 60 + 14)).toEqual([]);
    },
  );
});

describe.each(Object.keys(COMMANDS))("%s --help", (name) => {
  it("shows usage, every option and an example", async () => {
    const command = await COMMANDS[name]?.load();
    const { code, out } = await run([name, "--help"]);
    expect(code).toBe(0);
    expect(out).toContain(`countersign ${command?.usage}`);
    expect(out.split("\n").filter((line) => line.length > 100 && !line.startsWith("  countersign"))).toEqual([]);
    for (const option of Object.keys(command?.options ?? {})) expect(out).toContain(`--${option}`);
    expect(command?.examples.length).toBeGreaterThan(0);
    for (const example of command?.examples ?? []) expect(out).toContain(example);
  });

  it("refuses an option it does not know", async () => {
    const { code, err } = await run([name, "--no-such-option"]);
    expect(code).toBe(2);
    expect(err).toContain("no-such-option");
  });
});
