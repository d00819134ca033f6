import { contract, listOf } from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import type { Unjudged } from "../evaluate/assess.ts";
import type { Guard } from "../guard.ts";
import type { LocatedFinding } from "../sarif.ts";
import type { Judged } from "./judged.ts";

/** Something that could not be judged, with its place. */
export interface LocatedUnjudged extends Unjudged {
  readonly line: number;
  readonly column: number;
}

/** The judgement of one resource, request, step or event of a file. */
export interface Verdict extends Pick<Judged, "address" | "type" | "action" | "file" | "line" | "column"> {
  /** `finding`: it breaks the posture. `unjudged`: nothing breaks it, and something could not be judged. */
  readonly verdict: "finding" | "clean" | "unjudged";
  readonly findings: readonly LocatedFinding[];
  readonly unjudged: readonly LocatedUnjudged[];
}

const isGuard = contract("a guard from createGuard()", "assess");
const isList = listOf(contract("a resource that readTemplate() read", "locate"));

/**
 * Judges the resources that `readTemplate` returned, by the rules, ids and messages of requests.
 *
 * @throws GuardError `INVALID_OPTION` for a value that is not a guard, and for resources that `readTemplate` did not
 * make.
 * @example
 * const verdicts = judgeTemplate(createGuard({ posture: "private" }), readTemplate(bytes, { file: "template.yaml" }));
 * verdicts.filter(({ verdict }) => verdict !== "clean");
 */
export function judgeTemplate(guard: Pick<Guard, "assess">, resources: readonly Judged[]): Verdict[] {
  isGuard(guard, "guard", refuseOption);
  isList(resources, "resources", refuseOption);
  return resources.map((resource) => {
    const { address, type, action, input, facts, unresolved, file, line, column } = resource;
    const { findings, unjudged } =
      action === undefined ? { findings: [], unjudged: [] } : guard.assess(action, input, facts);
    // Several rules read the same value: its place is looked up once.
    const places = new Map<string, ReturnType<Judged["locate"]>>();
    const locate = (pointer: string): ReturnType<Judged["locate"]> => {
      const known = places.get(pointer) ?? resource.locate(pointer);
      places.set(pointer, known);
      return known;
    };
    const located = findings.map((finding): LocatedFinding => ({
      ...finding,
      address,
      ...(file === undefined ? {} : { location: { file, ...locate(finding.path) } }),
    }));
    const open = [
      ...unresolved.map((value): LocatedUnjudged => ({ rule: "unmapped", ...value, line, column })),
      ...unjudged.map((value): LocatedUnjudged => {
        const { line: atLine, column: atColumn } = locate(value.path);
        const { rule, path, expression, decidedBy } = value;
        return { rule, path, expression, decidedBy, line: atLine, column: atColumn };
      }),
    ];
    const verdict = located.length > 0 ? "finding" : open.length > 0 ? "unjudged" : "clean";
    return { address, type, action, file, line, column, verdict, findings: located, unjudged: open };
  });
}
