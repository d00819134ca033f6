import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { coverageRules } from "../src/images/coverage.ts";
import * as iac from "../src/iac/index.ts";
import * as guard from "../src/index.ts";
import type { Topic } from "../src/rules/rule.ts";
import { rules } from "../src/rules/all-rules.ts";
import { controlTables, topicOverview, topicTable } from "./documentation.ts";

const folder = new URL("../docs/", import.meta.url);
const pages = readdirSync(folder).filter((name) => name !== "controls.md" && name !== "templates.md");
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");

/** The page with its generated part as the rules are now; `COUNTERSIGN_UPDATE_DOCS=1` writes it. */
function generated(name: string, table: string): string {
  const block = /<!-- rules:start -->[\s\S]*?<!-- rules:end -->/;
  if (!block.test(read(name))) throw new Error(`docs/${name} has no place for its rules`);
  const page = read(name).replace(block, () => `<!-- rules:start -->\n${table}\n<!-- rules:end -->`);
  if (process.env["COUNTERSIGN_UPDATE_DOCS"] === "1") writeFileSync(new URL(name, folder), page);
  return page;
}

describe("docs/container-scan.md", () => {
  it("lists the gaps of coverage as they are", () => {
    const rows = Object.entries(coverageRules).map(([id, meaning]) => `| \`${id}\` | ${meaning} |`);
    const table = ["| gap | meaning |", "| --- | --- |", ...rows].join("\n");
    const page = read("container-scan.md").replace(
      /<!-- coverage:start -->[\s\S]*?<!-- coverage:end -->/,
      () => `<!-- coverage:start -->\n${table}\n<!-- coverage:end -->`,
    );
    if (process.env["COUNTERSIGN_UPDATE_DOCS"] === "1") writeFileSync(new URL("container-scan.md", folder), page);
    expect(page).toBe(read("container-scan.md"));
  });
});

describe("docs/controls.md", () => {
  it("is what the rules say", () => {
    expect(generated("controls.md", controlTables())).toBe(read("controls.md"));
  });
});

describe("README.md", () => {
  it("counts the rules of each topic and the controls that they hold", () => {
    const title = (topic: Topic): string => /^# (.*)$/m.exec(read(`${topic}.md`))?.[1] ?? "";
    expect(generated("../README.md", topicOverview(title))).toBe(read("../README.md"));
  });
});

describe("a page per topic", () => {
  it("is there for every topic", () => {
    expect(pages.map((name) => name.replace(".md", "")).toSorted()).toEqual(
      [...new Set(rules.map(({ topic }) => topic))].toSorted(),
    );
  });

  describe.each(pages)("docs/%s", (name) => {
    it("has the rules as they are", () => {
      expect(generated(name, topicTable(name.replace(".md", "") as Topic))).toBe(read(name));
    });

    it("links the page of AWS that its rules are about", () => {
      const first = rules
        .filter(({ topic }) => `${topic}.md` === name)
        .flatMap(({ references }) => references[0] ?? []);
      expect(first.some((url) => read(name).includes(url))).toBe(true);
    });

    it("shows a request that is refused where it says, and one that passes", () => {
      const [, refused = "", passes = ""] = /## Refused\n([\s\S]*?)## Passes\n([\s\S]*)$/.exec(read(name)) ?? [];
      for (const [section, expected] of [
        [
          refused,
          [...refused.matchAll(/^- `([a-z-]+)` at `(.*?)`/gm)].map(
            ([, rule, path]) => `${rule} ${path === '""' ? "" : path}`,
          ),
        ],
        [passes, []],
      ] as const) {
        const example = JSON.parse(/```json\n([\s\S]*?)```/.exec(section)?.[1] ?? "") as {
          readonly posture: guard.PostureName;
          readonly network?: guard.Network;
          readonly action: string;
          readonly input: unknown;
          readonly facts?: guard.Facts;
        };
        const found = guard
          .createGuard({ posture: example.posture, network: example.network })
          .check(example.action, example.input, example.facts ?? {});
        expect(found.map(({ rule, path }) => `${rule} ${path}`)).toEqual(expected);
      }
      expect(refused).toMatch(/^- `/m);
    });
  });
});

describe("docs/templates.md", () => {
  it("shows verdicts as they are", async () => {
    const [, block = ""] = /```ts\n([\s\S]*?)```/.exec(read("templates.md")) ?? [];
    const { open, closed } = (await run(block)) as Record<"open" | "closed", iac.Verdict[]>;
    expect(open[0]?.verdict).toBe("unjudged");
    expect(open[0]?.unjudged[0]?.decidedBy).toBe("--parameters Subnet=VALUE");
    expect(closed[0]?.verdict).toBe("clean");
  });
});

describe("README.md", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

  it("has at most 170 lines", () => {
    expect(readme.split("\n").length).toBeLessThanOrEqual(171);
  });

  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block = ""]) => block);

  it("has three examples", () => {
    expect(blocks).toHaveLength(3);
  });

  it("finds what its first example says it finds", async () => {
    const { findings } = (await run(blocks[0])) as { findings: guard.Finding[] };
    expect(findings[0]?.path).toBe("/VpcConfig");
    expect(findings[0]?.fix).toMatch(/^Set VpcConfig/);
  });

  it("emits a session policy that fits and says what it cannot hold", async () => {
    const { session } = (await run(blocks[1])) as { session: guard.EmittedPolicy };
    expect(session.length).toBe(JSON.stringify(session).length);
    expect(session.length).toBeLessThan(session.limit);
    expect(session.gaps).toContainEqual(expect.objectContaining({ rule: "training-addresses", kind: "unheld" }));
  });

  it("makes a gate that lets nothing pass without its report", async () => {
    const { images } = (await run(blocks[2])) as { images: guard.ImageGate };
    const image = `111122223333.dkr.ecr.eu-west-1.amazonaws.com/churn@sha256:${"0".repeat(64)}`;
    expect(await images.judge(image)).toMatchObject({ verdict: "none", reason: "the Trivy report cannot be read" });
  });

  it("names only what the package exports", () => {
    for (const [, name = ""] of readme.matchAll(
      /`(createGuard|imageGate|ecrFindings|trivyReport|grypeReport|awsFacts|toSarif|postures)\b/g,
    ))
      expect(guard).toHaveProperty(name);
  });
});

/** Runs an example and answers with its variables: without types, it is JavaScript as soon as the import is a parameter. */
async function run(block = ""): Promise<Record<string, unknown>> {
  const source = block.replaceAll(/import \{(.*?)\} from "@countersign\/guard(?:\/iac)?";/g, "const {$1} = modules;");
  const names = [...source.matchAll(/^const (\w+) =/gm)].map(([, name]) => name);
  const AsyncFunction = Object.getPrototypeOf(run).constructor as new (
    ...source: string[]
  ) => (modules: object) => Promise<Record<string, unknown>>;
  return new AsyncFunction("modules", `${source}\nreturn { ${names.join(", ")} };`)({ ...guard, ...iac });
}
