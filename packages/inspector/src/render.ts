import type { Diagnosis, ExpectedSteps, Explanation } from "@countersign/signer/diagnose";
import { type ComparedLine, compareLines } from "./compare-lines.ts";
import { element } from "./element.ts";

/** All that was found out. */
export interface Findings {
  readonly explanation: Explanation;
  readonly diagnosis?: Diagnosis | undefined;
  readonly expected?: ExpectedSteps | undefined;
  /** Whether the signature was made with the secret given. */
  readonly secretMatches?: boolean | undefined;
}

/** The findings as elements, the most telling first. */
export function render({ explanation, diagnosis, expected, secretMatches }: Findings): HTMLElement[] {
  return [
    ...(diagnosis === undefined ? [] : [verdict(diagnosis)]),
    ...(secretMatches === undefined ? [] : [secretVerdict(secretMatches)]),
    stage("Canonical request", "1", explanation.canonicalRequest, expected?.canonicalRequest),
    stage("String to sign", "2", explanation.stringToSign, expected?.stringToSign),
    facts(explanation),
  ];
}

function verdict({ cause, detail, advice, difference }: Diagnosis): HTMLElement {
  const box = element(
    "div",
    { class: "verdict refused" },
    element("h2", {}, sentence(detail)),
    element("p", { class: "cause" }, element("code", { "data-cause": cause }, cause)),
    element("p", {}, element("strong", {}, "What to do: "), advice),
  );
  if (difference !== undefined) {
    const name = difference.stage === "canonicalRequest" ? "canonical request" : "string to sign";
    box.append(
      element(
        "p",
        { class: "where" },
        `First difference: ${name}, line ${difference.line}, column ${difference.column}.`,
      ),
    );
  }
  return box;
}

function secretVerdict(matches: boolean): HTMLElement {
  const text = matches
    ? "The signature was made with this secret."
    : "The signature was not made with this secret, or the request was changed since.";
  return element(
    "div",
    { class: `verdict ${matches ? "good" : "refused"}` },
    element("p", { "data-secret": String(matches) }, text),
  );
}

function stage(title: string, number: string, signed: string, expected: string | undefined): HTMLElement {
  const heading = element("h2", {}, element("span", { class: "step", "aria-hidden": "true" }, number), title);
  if (expected === undefined) {
    return element(
      "section",
      { class: "stage" },
      heading,
      block(
        "Signed",
        signed.split("\n").map((line) => element("span", { class: "line" }, line)),
      ),
    );
  }
  const lines = compareLines(signed, expected);
  const differing = lines.filter(({ partsAt }) => partsAt !== undefined).length;
  const summary = differing === 0 ? "Both agree." : `${differing} of ${lines.length} lines differ.`;
  return element(
    "section",
    { class: "stage" },
    heading,
    element("p", { class: "hint" }, summary),
    element(
      "div",
      { class: "pair" },
      block(
        "Signed",
        lines.map((line) => marked(line, "signed")),
      ),
      block(
        "AWS expected",
        lines.map((line) => marked(line, "expected")),
      ),
    ),
  );
}

function block(title: string, lines: readonly HTMLElement[]): HTMLElement {
  const code = element("code", {});
  for (const [index, line] of lines.entries()) code.append(...(index === 0 ? [] : ["\n"]), line);
  return element(
    "figure",
    {},
    element("figcaption", {}, title),
    element("pre", { tabindex: "0", "aria-label": title }, code),
  );
}

/** A line, with what follows the first differing byte marked. */
function marked({ partsAt, ...sides }: ComparedLine, side: "signed" | "expected"): HTMLElement {
  const line = sides[side];
  if (line === undefined) return element("span", { class: "line missing" }, element("mark", {}, "no such line"));
  if (partsAt === undefined) return element("span", { class: "line" }, line);
  const rest = line.slice(partsAt);
  return element(
    "span",
    { class: "line differs" },
    line.slice(0, partsAt),
    element("mark", {}, rest === "" ? "∅" : rest),
  );
}

function facts(explanation: Explanation): HTMLElement {
  const list = element("dl", {});
  const rows: readonly (readonly [string, string])[] = [
    ["Access key id", explanation.accessKeyId],
    ["Signed at", explanation.date],
    ["Credential scope", explanation.credentialScope],
    ["Signed headers", explanation.signedHeaders],
    ["SHA-256 of the canonical request", explanation.canonicalRequestHash],
    ["Signature", explanation.signature],
  ];
  for (const [name, value] of rows) list.append(element("dt", {}, name), element("dd", {}, element("code", {}, value)));
  const heading = element(
    "h2",
    {},
    element("span", { class: "step", "aria-hidden": "true" }, "3"),
    "Scope and signature",
  );
  return element("section", { class: "stage" }, heading, list);
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
