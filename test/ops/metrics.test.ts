import { spawnSync } from "node:child_process";
import { brokerMetrics, createBroker } from "@countersign/broker";
import { createVendingApp } from "@countersign/broker/server";
import { createTransport } from "@countersign/transport";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createConnections } from "../../packages/cli/src/daemon/connections.ts";
import { createServerMetrics } from "../../packages/cli/src/daemon/server-metrics.ts";
import { readText, root } from "../packaging/workspaces.ts";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}
interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

const { groups } = parse(readText("docs/ops/prometheus/alerts.yaml")) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(readText("docs/ops/grafana/dashboard.json")) as Dashboard;
const expressions = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
];

/** The label names of each series on the page of a server, and the page. */
let labelsOf: Map<string, readonly string[]>;
let page: string;

beforeAll(async () => {
  const metrics = await brokerMetrics();
  const transport = createTransport();
  const broker = createBroker({
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    transport,
    onEvent: metrics.onEvent,
  });
  metrics.observe(broker);
  const connections = createConnections(1);
  createServerMetrics(
    metrics.registry,
    { audit: () => 0, log: () => 0 },
    { callers: connections, operators: connections },
  );
  createVendingApp(broker, {
    hosts: ["a"],
    grants: {
      task: {
        kind: "container",
        roleArn: "arn:aws:iam::123456789012:role/a",
        tokenSha256: ["a".repeat(64)],
      },
    },
    transport,
    registry: metrics.registry,
  });
  page = await metrics.registry.metrics();
  labelsOf = new Map(
    metrics.registry.getMetricsAsArray().flatMap((metric) => {
      const { name, labelNames = [] } = metric as unknown as { name: string; labelNames?: string[] };
      const series = page.includes(`# TYPE ${name} histogram`) ? ["_bucket", "_sum", "_count"] : [""];
      return series.map((end) => [name + end, [...labelNames, ...(end === "_bucket" ? ["le"] : [])]] as const);
    }),
  );
  await broker.close();
  await transport.close();
});

/** Series of an expression with the labels that select them. */
function seriesOf(expr: string): { readonly name: string; readonly labels: readonly string[] }[] {
  return [...expr.matchAll(/\b((?:countersign|process|nodejs)_[a-z0-9_]+)(?:\{([^}]*)\})?/gu)].map(
    ([, name = "", selector = ""]) => ({
      name,
      labels: [...selector.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/gu)].map(([, label = ""]) => label),
    }),
  );
}

describe.each(expressions)("%s", (_, expr) => {
  it("uses series and labels that the broker has", () => {
    const series = seriesOf(expr);
    expect(series).not.toEqual([]);
    const known = new Set(series.flatMap(({ name }) => labelsOf.get(name) ?? []));
    for (const { name, labels } of series) {
      expect([...labelsOf.keys()]).toContain(name);
      for (const label of labels) expect(["instance", ...(labelsOf.get(name) ?? [])]).toContain(label);
    }
    for (const [, list = ""] of expr.matchAll(/\bby \(([^)]*)\)/gu)) {
      for (const label of list.split(",").map((one) => one.trim())) {
        expect(["instance", ...known]).toContain(label);
      }
    }
  });

  it("is balanced", () => {
    const depth = (open: string, close: string): number => expr.split(open).length - expr.split(close).length;
    expect([depth("(", ")"), depth("{", "}"), depth("[", "]")]).toEqual([0, 0, 0]);
  });
});

it("the guide names every metric of the page, and no other", () => {
  const guide = readText("docs/broker-guide.md");
  const section = guide.slice(guide.indexOf("\n## Metrics"), guide.indexOf("\n## Traces"));
  const named = [...section.matchAll(/`((?:countersign_)?[a-z_]+)`(?:, `([a-z_]+)`)? \|/gu)].flatMap(
    ([, first, second]) =>
      [first, second]
        .filter((name): name is string => name !== undefined)
        .map((name) => name.replace(/^(?!countersign_)/u, "countersign_")),
  );
  const known = new Set(named);
  const own = [...page.matchAll(/^# TYPE (countersign_\w+) /gmu)].map(([, name]) => name);
  expect(own.filter((name) => !known.has(name ?? ""))).toEqual([]);
});

it("alert rules have a severity and say what happened; their names are unique", () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { labels, annotations } of rules) {
    expect(["page", "ticket"]).toContain(labels.severity);
    expect(annotations.summary.length).toBeGreaterThan(10);
  }
});

it("promtool accepts the rules, and their tests pass", (context) => {
  const folder = `${root}/docs/ops/prometheus`;
  if (spawnSync("sh", ["-c", "command -v promtool"]).status !== 0) {
    return context.skip("promtool is not installed: it is in Debian's package prometheus");
  }
  const checked = spawnSync("promtool", ["check", "rules", "alerts.yaml"], { cwd: folder, encoding: "utf8" });
  expect({ status: checked.status, err: checked.stderr }).toEqual({ status: 0, err: "" });
  const tested = spawnSync("promtool", ["test", "rules", "alerts.test.yaml"], { cwd: folder, encoding: "utf8" });
  expect({ status: tested.status, err: tested.stderr }).toEqual({ status: 0, err: "" });
  return undefined;
});
