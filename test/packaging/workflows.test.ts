import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readText, root } from "./workspaces.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly permissions?: unknown;
  readonly steps: readonly Step[];
  readonly "timeout-minutes"?: number;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
}

interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly on: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = ".github/workflows";
const files = readdirSync(path.join(root, folder));
const load = (file: string): Workflow => parse(readText(`${folder}/${file}`)) as Workflow;
const { scripts } = JSON.parse(readText("package.json")) as { scripts: Readonly<Record<string, string>> };

/** What of the commands a workflow runs does not exist: npm scripts, and programs other than npm and git. */
function unknownCommands({ jobs }: Workflow): string[] {
  const commands = Object.values(jobs).flatMap(({ steps }) =>
    steps
      .flatMap((step) => [step.run, step.with?.["version"], step.with?.["publish"]])
      .filter((one) => typeof one === "string"),
  );
  return commands.flatMap((text) => text.trim().split("\n")).filter((line) => !exists(line));
}

function exists(line: string): boolean {
  const [program, verb = "", name = ""] = line.split(/\s+/u);
  if (program === "git") return ["diff", "push"].includes(verb);
  if (program !== "npm") return false;
  if (verb === "run") return name in scripts;
  return verb === "ci" || (verb === "test" && "test" in scripts);
}

it("there is one for tests, release, code scanning and dependencies", () => {
  expect(files.toSorted()).toEqual(["ci.yml", "codeql.yml", "dependency-review.yml", "release.yml"]);
});

describe.each(files)("%s", (file) => {
  const workflow = load(file);
  const jobs = Object.entries(workflow.jobs);

  it("pins every action to a commit and names its version", () => {
    const uses = readText(`${folder}/${file}`).match(/uses: .*/gu) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((line) => !/^uses: [\w./-]+@[0-9a-f]{40} # v\d+(?:\.\d+)+$/u.test(line))).toEqual([]);
  });

  it("grants a job no more than it names, and to the workflow at most reading", () => {
    expect([{}, { contents: "read" }]).toContainEqual(workflow.permissions);
    const allowed = {
      "release.yml/version": { contents: "write", "pull-requests": "write" },
      "release.yml/publish": { contents: "write", "id-token": "write" },
      "codeql.yml/analyze": { contents: "read", "security-events": "write" },
      "dependency-review.yml/review": { contents: "read" },
    };
    for (const [name, { permissions }] of jobs) {
      expect(permissions).toEqual((allowed as Record<string, unknown>)[`${file}/${name}`]);
    }
  });

  it("runs only commands that exist", () => {
    expect(unknownCommands(workflow)).toEqual([]);
  });

  it("ends every job after a time, and gives untrusted code no credentials", () => {
    expect(jobs.filter(([, job]) => job["timeout-minutes"] === undefined)).toEqual([]);
    expect(JSON.stringify(workflow.on)).not.toContain("pull_request_target");
    const checkouts = jobs.flatMap(([, { steps }]) =>
      steps.filter(({ uses }) => uses?.startsWith("actions/checkout@")),
    );
    const keeping = checkouts.filter((step) => step.with?.["persist-credentials"] !== false);
    expect(keeping).toHaveLength(file === "release.yml" ? checkouts.length : 0);
  });

  it("puts nothing that a contributor writes into a script", () => {
    const runs = jobs.flatMap(([, { steps }]) => steps.map(({ run }) => run ?? ""));
    expect(runs.filter((run) => run.includes("${{"))).toEqual([]);
  });
});

it("an unknown command is found", () => {
  const steps = [{ run: "npm run no-such-script" }, { run: "curl https://example.com" }, { run: "npm test" }];
  expect(unknownCommands({ on: "push", jobs: { a: { steps } } })).toEqual([
    "npm run no-such-script",
    "curl https://example.com",
  ]);
});

it("CI runs the commands of the README on Linux, macOS and Windows, and on every supported Node", () => {
  const { test } = load("ci.yml").jobs;
  const matrix = test?.strategy?.matrix;
  const runs = test?.steps.map(({ run }) => run);
  expect(runs).toEqual(expect.arrayContaining(["npm ci", "npm run demo", "npm test"]));
  expect(matrix?.["node"]).toEqual([20, 22, 24, 26]);
  expect(JSON.stringify(matrix)).toMatch(/ubuntu.*macos.*windows/u);
});

it("only the job that publishes can ask npm for trust, and it has no token", () => {
  const release = readText(`${folder}/release.yml`);
  expect(release).not.toMatch(/NPM_TOKEN|NODE_AUTH_TOKEN/u);
  expect(release.match(/id-token: write/gu)).toHaveLength(1);
});

describe("the forms", () => {
  const forms = readdirSync(path.join(root, ".github/ISSUE_TEMPLATE")).filter((name) => name !== "config.yml");

  it.each(forms)("%s has a name, a description and fields with ids", (file) => {
    const form = parse(readText(`.github/ISSUE_TEMPLATE/${file}`)) as {
      readonly name: string;
      readonly description: string;
      readonly body: readonly { readonly type: string; readonly id?: string }[];
    };
    expect(form).toMatchObject({ name: expect.any(String), description: expect.any(String) });
    const fields = form.body.filter(({ type }) => type !== "markdown");
    expect(fields.length).toBeGreaterThan(0);
    expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length);
  });

  it("dependabot watches folders that have a lockfile", () => {
    const { updates } = parse(readText(".github/dependabot.yml")) as {
      readonly updates: readonly { readonly "package-ecosystem": string; readonly directories?: readonly string[] }[];
    };
    const npm = updates.find((update) => update["package-ecosystem"] === "npm")?.directories ?? [];
    const locks = execFileSync("git", ["ls-files", "*package-lock.json"], { cwd: root }).toString().trim().split("\n");
    expect(npm.filter((place) => !existsSync(path.join(root, place, "package-lock.json")))).toEqual([]);
    expect(npm).toHaveLength(locks.length);
  });
});
