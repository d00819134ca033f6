import type { Verdict } from "@countersign/guard/iac";

/**
 * The verdicts as JUnit XML, which pipelines show as tests: a suite for each file, a case for each resource. Unjudged resources
 * are failures, or skipped when they only warn.
 *
 * https://github.com/testmoapp/junitxml
 */
export function toJUnit(verdicts: readonly Verdict[], unjudgedFails: boolean): string {
  const files = new Map<string, Verdict[]>();
  for (const verdict of verdicts) {
    const file = verdict.file ?? "stdin";
    files.set(file, files.get(file) ?? []);
    files.get(file)?.push(verdict);
  }
  const suites = [...files].map(([file, cases]) => {
    const fails = cases.filter(({ verdict }) => verdict === "finding" || (verdict === "unjudged" && unjudgedFails));
    const skipped = unjudgedFails ? 0 : cases.filter(({ verdict }) => verdict === "unjudged").length;
    return [
      `  <testsuite name="${escape(file)}" tests="${cases.length}" failures="${fails.length}" skipped="${skipped}">`,
      ...cases.map((verdict) => testCase(verdict, file, unjudgedFails)),
      "  </testsuite>",
    ].join("\n");
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="countersign guard">\n${suites.join("\n")}\n</testsuites>\n`;
}

function testCase(verdict: Verdict, file: string, unjudgedFails: boolean): string {
  const head = `    <testcase name="${escape(verdict.address)}" classname="${escape(verdict.type)}" file="${escape(file)}" line="${verdict.line}"`;
  const findings = verdict.findings.map(
    ({ rule, message, fix, path, location }) =>
      `      <failure type="${escape(rule)}" message="${escape(message)}">${escape(`${file}:${location?.line ?? verdict.line} ${path}\n${fix}`)}</failure>`,
  );
  const open = verdict.unjudged.map(({ rule, path, expression, decidedBy, line }) => {
    const text = escape(`${expression}: not known from the file`);
    return unjudgedFails
      ? `      <failure type="unjudged" message="${text}">${escape(`${file}:${line} ${path} (${rule})\ndecided by: ${decidedBy}`)}</failure>`
      : `      <skipped message="${text}"/>`;
  });
  // A case is skipped once at most.
  const inner = [...findings, ...(unjudgedFails ? open : findings.length === 0 ? open.slice(0, 1) : [])];
  return inner.length === 0 ? `${head}/>` : `${head}>\n${inner.join("\n")}\n    </testcase>`;
}

/**
 * XML 1.0 has no form for most control characters: they are left out. A reference stands for a line break, so that no line of
 * the log begins with foreign text, and for a mark that begins a command to the runner of a pipeline.
 */
function escape(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll(/[\t\n\r\u0080-\u009F]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replaceAll(/#(?=#\w*\[)/g, "&#35;");
}
