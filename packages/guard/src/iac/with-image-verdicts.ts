import { contract, listOf } from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import { readingUnknowns } from "../evaluate/unknown.ts";
import { imagesOf } from "../facts/gather.ts";
import type { ImageGate, ImageVerdict } from "../images/verdict.ts";
import type { Judged } from "./judged.ts";

const isGate = contract("an image gate from imageGate()", "judge");
const isList = listOf(contract("a resource that readTemplate() read", "locate"));

/**
 * Adds the verdicts of an image gate on the images that the resources name, for a guard that has the gate in `images`. An image
 * whose name is not known from the file stays unjudged.
 *
 * @throws GuardError `INVALID_OPTION`.
 * @example
 * const images = imageGate({ source: trivyReport("trivy.json") });
 * const resources = await withImageVerdicts(images, readTemplate(bytes));
 * judgeTemplate(createGuard({ posture: "private", images }), resources);
 */
export async function withImageVerdicts(gate: ImageGate, resources: readonly Judged[]): Promise<Judged[]> {
  isGate(gate, "gate", refuseOption);
  isList(resources, "resources", refuseOption);
  const named = resources.map(({ action, input }) =>
    action === undefined ? [] : readingUnknowns(() => imagesOf(action, input)),
  );
  const verdicts = new Map<string, ImageVerdict>();
  for (const image of new Set(named.flat())) verdicts.set(image, await gate.judge(image));
  return resources.map((resource, index) => {
    const images: Record<string, ImageVerdict> = Object.create(null) as Record<string, ImageVerdict>;
    for (const image of named[index] ?? []) {
      const verdict = verdicts.get(image);
      if (verdict !== undefined) images[image] = verdict;
    }
    return { ...resource, facts: { ...resource.facts, images } };
  });
}
