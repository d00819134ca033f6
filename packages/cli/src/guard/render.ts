import type { LocatedFinding } from "@countersign/guard";
import type { LocatedUnjudged, Verdict } from "@countersign/guard/iac";
import type { Io } from "../io.ts";
import { createStyle } from "../style.ts";
import { visible } from "../visible.ts";

/** The verdicts for a person: each finding with its place, each value that was not known, and a line that counts. */
export function renderVerdicts(verdicts: readonly Verdict[], files: number, io: Io): string {
  const style = createStyle(io);
  const severities = { low: style.dim, medium: style.yellow, high: style.red, critical: style.red };
  const place = (verdict: Verdict, { line, column }: { readonly line: number; readonly column: number }): string =>
    `${visible(verdict.file ?? "stdin")}:${line}:${column}`;
  const named = ({ address }: Verdict): string => (address === "request" ? "" : visible(address));

  const finding = (verdict: Verdict, { severity, rule, path, message, fix, references, location }: LocatedFinding) =>
    [
      `${severities[severity](severity)}  ${style.bold(rule)}  ${place(verdict, { line: location?.line ?? verdict.line, column: location?.column ?? verdict.column })}  ${named(verdict)}#${visible(path)}`,
      `  ${visible(message)}`,
      `  fix: ${visible(fix)}`,
      ...references.filter((reference) => reference.startsWith("https:")).map((page) => style.dim(`  ${page}`)),
      "",
    ].join("\n");

  const unjudged = (verdict: Verdict, open: LocatedUnjudged, rules: readonly string[]) =>
    [
      `${style.yellow("unjudged")}  ${style.bold(rules.join(", "))}  ${place(verdict, open)}  ${named(verdict)}#${visible(open.path)}`,
      `  The value is not known from the file: ${visible(open.expression)}.`,
      `  decided by: ${visible(open.decidedBy)}`,
      "",
    ].join("\n");

  const blocks = verdicts.flatMap((verdict) => [
    ...verdict.findings.map((found) => finding(verdict, found)),
    ...byValue(verdict.unjudged).map(([open, rules]) => unjudged(verdict, open, rules)),
  ]);
  const count = (name: Verdict["verdict"]): number => verdicts.filter(({ verdict }) => verdict === name).length;
  const findings = verdicts.reduce((sum, verdict) => sum + verdict.findings.length, 0);
  const where = `${plural(verdicts.length, "resource")} in ${plural(files, "file")}`;
  const summary =
    verdicts.length === 0
      ? `nothing of SageMaker in ${plural(files, "file")}`
      : blocks.length === 0
        ? `${style.green("✔")} nothing found: ${where}`
        : `${plural(findings, "finding")}, ${count("unjudged")} unjudged, ${count("clean")} clean: ${where}`;
  return `${[...blocks, summary].join("\n")}\n`;
}

/** One value may be read by several rules. */
function byValue(unjudged: readonly LocatedUnjudged[]): readonly (readonly [LocatedUnjudged, readonly string[]])[] {
  const values = new Map<string, [LocatedUnjudged, string[]]>();
  for (const open of unjudged) {
    const key = `${open.path} ${open.expression}`;
    const known = values.get(key);
    if (known === undefined) values.set(key, [open, [open.rule]]);
    else known[1].push(open.rule);
  }
  return [...values.values()];
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
