import { postures, unheldControls } from "../src/index.ts";
import type { Rule, Topic } from "../src/rules/rule.ts";
import { rules } from "../src/rules/all-rules.ts";

const code = (text: string): string => `\`${text}\``;

/** The table of a topic's rules, for its page. */
export function topicTable(topic: Topic): string {
  const rows = rules
    .filter((rule) => rule.topic === topic)
    .map(
      (rule) =>
        `| ${code(rule.id)} | ${rule.posture} | ${rule.severity} | ${operations(rule)} | ${rule.message}. | ${policy(rule)} |`,
    );
  return [
    "| rule | from | severity | operations | refused | as policy |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

const FRAMEWORKS = ["Security Hub", "AWS Config", "Prowler", "Checkov", "cdk-nag"] as const;

/** The table of the README: each topic's page, its rules by posture, and how many controls of each tool they hold. */
export function topicOverview(titleOf: (topic: Topic) => string): string {
  const topics = [...new Set(rules.map(({ topic }) => topic))];
  const rows = topics.map((topic) => {
    const own = rules.filter((rule) => rule.topic === topic);
    const from = (["baseline", "private", "locked"] as const).map(
      (name) => own.filter(({ posture }) => posture === name).length,
    );
    const known = new Set(own.flatMap(({ references }) => references));
    const held = FRAMEWORKS.map((name) => [...known].filter((text) => text.startsWith(name)).length);
    return `| [${titleOf(topic)}](docs/${topic}.md) | ${[...from, ...held].join(" | ")} |`;
  });
  return [
    `| topic | baseline | + private | + locked | ${FRAMEWORKS.join(" | ")} |`,
    `| --- |${" ---: |".repeat(3 + FRAMEWORKS.length)}`,
    ...rows,
  ].join("\n");
}

/** The table of all rules with what other tools call them, and of their controls that no rule holds. */
export function controlTables(): string {
  const held = rules.map(
    (rule) => `| ${code(rule.id)} | ${rule.topic} | ${rule.posture} | ${rule.severity} | ${others(rule)} |`,
  );
  const unheld = unheldControls.map(({ control, reason }) => `| ${control} | ${reason} |`);
  const counts = (["baseline", "private", "locked"] as const).map((name) => `${name} ${postures[name].rules.length}`);
  return [
    `${rules.length} rules: ${counts.join(", ")}.`,
    "",
    "| rule | topic | from | severity | known elsewhere as |",
    "| --- | --- | --- | --- | --- |",
    ...held,
    "",
    "## Controls of other tools that no rule holds",
    "",
    "| control | why |",
    "| --- | --- |",
    ...unheld,
  ].join("\n");
}

function operations({ actions }: Rule): string {
  if (actions.includes("*")) return "every call";
  return actions.length > 6 ? `${actions.slice(0, 5).join(", ")} and ${actions.length - 5} more` : actions.join(", ");
}

const network = { vpcId: "vpc-0", subnets: ["subnet-0"], securityGroupIds: ["sg-0"], vpcEndpoints: ["vpce-0"] };

function policy(rule: Rule): string {
  if ("unheld" in rule.policy) return `none: ${rule.policy.unheld}`;
  const { conditions } = rule.policy;
  const keys = new Set(rule.actions.flatMap((action) => conditions(network, action).map(({ key }) => key)));
  return [...keys].map(code).join(", ");
}

function others({ references }: Rule): string {
  const ids = references.filter((text) => !text.startsWith("https:"));
  return ids.length === 0 ? "nothing: no other tool looks" : ids.join(", ");
}
