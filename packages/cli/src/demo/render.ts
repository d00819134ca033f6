import type { Style } from "../style.ts";
import { alignColumns } from "../table.ts";
import type { DemoHop, DemoResult, DemoStep } from "./result.ts";
import { visible } from "../visible.ts";

/** The demo's result as tables: the steps, then each connection. */
export function renderDemo(result: DemoResult, style: Style): string {
  const where = result.target === "local" ? "a local AWS" : "AWS";
  const steps = [["", "step", "time", "what happened"], ...result.steps.map((step) => stepRow(step, style))];
  const hops = [
    ["", "connection", "version", "cipher", "group", "forward secret"],
    ...result.hops.map((hop) => hopRow(hop, style)),
  ];
  const expiry = result.keyExpiresAt === undefined ? "" : `, key expires ${result.keyExpiresAt}`;
  const verdict = result.ok ? style.green("Everything passed.") : style.red("Something failed.");
  return [
    "",
    style.bold(`Countersign on ${where}, ${result.region}`),
    "",
    ...heading(alignColumns(steps, [2]), style),
    "",
    ...heading(alignColumns(hops), style),
    "",
    `STS calls: ${result.stsCalls}${expiry}`,
    verdict,
    "",
  ].join("\n");
}

function stepRow({ step, ok, ms, detail }: DemoStep, style: Style): string[] {
  return [ok ? style.green("✔") : style.red("✘"), step, `${ms.toFixed(1)} ms`, visible(detail)];
}

function hopRow({ to, protocol, cipher, group, forwardSecret }: DemoHop, style: Style): string[] {
  const verdict = forwardSecret ? style.green("yes") : style.red("no");
  return ["", to, protocol, cipher, group ?? "not told by this Node", verdict];
}

function heading([first = "", ...rest]: readonly string[], style: Style): string[] {
  return [style.dim(first), ...rest];
}
