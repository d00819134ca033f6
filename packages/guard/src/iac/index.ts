import { callable, checkOptions, optional, shape, text, isRecord } from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import { isTemplate, readCloudFormation } from "./cloudformation.ts";
import { decode } from "./decode.ts";
import type { Judged, ReadOptions } from "./judged.ts";
import { type Node, type Position, entry, positions } from "./node.ts";
import { parse } from "./parse.ts";
import { isPipeline, readPipeline, readRequest } from "./requests.ts";
import { isPlan, readPlan } from "./terraform.ts";
import { isTrail, readTrail } from "./trail.ts";
import { refuseFile } from "./unreadable.ts";

export { type LocatedUnjudged, type Verdict, judgeTemplate } from "./judge-template.ts";
export type { Judged, NestedTemplate, ReadOptions, UnresolvedValue } from "./judged.ts";
export { mappedTypes } from "./mapping.ts";
export { withImageVerdicts } from "./with-image-verdicts.ts";

type Read = (root: Node, options: ReadOptions, positionOf: (offset: number) => Position) => Judged[];

/** The kinds of file, each with how it is told and read. */
const kinds: readonly (readonly [name: string, is: (root: Node) => boolean, read: Read])[] = [
  ["a template", isTemplate, readCloudFormation],
  ["a plan", isPlan, readPlan],
  ["a pipeline definition", isPipeline, readPipeline],
  ["CloudTrail events", isTrail, readTrail],
  ["a request", (root) => entry(root, "action") !== undefined && entry(root, "input") !== undefined, readRequest],
];

/**
 * Reads a file of infrastructure as the API calls that it leads to: a template of CloudFormation or SAM (JSON or YAML, also from
 * a `cdk.out`), a plan of Terraform or OpenTofu (`terraform show -json`), a pipeline definition, a request, or events of
 * CloudTrail.
 *
 * @throws GuardError `TEMPLATE_UNREADABLE` for a file of another kind, or one that is not UTF-8, JSON or YAML.
 * @example
 * const judged = readTemplate(await readFile("template.yaml"), { file: "template.yaml" });
 */
export function readTemplate(bytes: Uint8Array | string, options?: ReadOptions): Judged[] {
  const given = checkOptions<ReadOptions>(
    options,
    {
      file: optional(text),
      parameters: optional(
        shape(
          "an object of texts",
          (value) => isRecord(value) && Object.values(value).every((entry) => typeof entry === "string"),
        ),
      ),
      nested: optional(callable),
      action: optional(text),
    },
    refuseOption,
  );
  const content = decode(bytes);
  const root = parse(content);
  const positionOf = positions(content);
  if (given.action !== undefined) return readRequest(root, given, positionOf);
  const [kind, another] = kinds.filter(([, is]) => is(root));
  // A file of two kinds would be read as one of them, and the rest of it would be left out.
  if (kind !== undefined && another !== undefined) return refuseFile(`is both ${kind[0]} and ${another[0]}`);
  return (
    kind?.[2](root, given, positionOf) ??
    refuseFile(
      'must be a template with Resources, a plan from "terraform show -json", a pipeline definition with Steps, CloudTrail events, or { "action": …, "input": … }; pass the text of the file, not its name',
    )
  );
}
