import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readKinds } from "../../src/sagemaker/resource-kind.ts";
import { subjectOf } from "../../src/sagemaker/subject.ts";
import { validate } from "../../src/model/validate.ts";
import { type Aws, startAws } from "../../src/index.ts";
import { type Answered, answerAll, call, make, model, nouns, seeds } from "./every-operation.ts";

let aws: Aws;
let answers: ReadonlyMap<string, Answered>;
beforeAll(async () => {
  aws = await startAws({ resources: seeds });
  answers = await answerAll(aws);
}, 60_000);
afterAll(() => aws.close());

const operations = [...model.operations.values()];

it("holds every operation of SageMaker's control plane", () => {
  expect(operations).toHaveLength(404);
  expect([...answers.keys()].toSorted()).toEqual(operations.map(({ name }) => name).toSorted());
});

it.each(operations)("$name answers as its model says, with every required member", ({ name, output }) => {
  const { sent, input } = answers.get(name) ?? { sent: undefined, input: {} };
  expect(sent?.status, `${JSON.stringify(input)} ${sent?.text}`).toBe(200);
  if (output === "") expect(sent?.json).toEqual({});
  else expect(validate(model, output, withoutDigits(sent?.json ?? {}))).toEqual(withoutDigits(sent?.json ?? {}));
});

/** The patterns of edge ARNs in AWS's model allow no digits in a region, and the wrong service for fleets. */
function withoutDigits(answer: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(answer)
    .replaceAll(/sagemaker:us-east-1:(\d+:(?:device\/|edge-))/g, "sagemaker:us-east:$1")
    .replaceAll(/sagemaker:us-east-1:(\d+:device-fleet)/g, "iam::$1");
  return JSON.parse(text) as Record<string, unknown>;
}

const plane = { model, kinds: readKinds(model) } as never;

describe("a resource of each kind", () => {
  let local: Aws;
  const parents: Record<string, unknown> = {};
  beforeAll(async () => {
    local = await startAws({ resources: seeds });
    for (const noun of nouns().slice(0, 17)) Object.assign(parents, (await make(local, noun, parents, "parent")).keys);
  });
  afterAll(() => local.close());

  it.each(nouns())("%s is created, described, listed, updated and deleted", async (noun) => {
    const made = await make(local, noun, parents, noun === "AutoMLJobV2" ? "round2" : "round");
    expect([made.sent.status, made.sent.text]).toEqual([200, expect.any(String) as string]);
    const keys = { ...parents, ...made.keys };
    const shown = expect.stringContaining(noun === "ImageVersion" ? "image-version/" : "round") as string;
    const has = (verb: string): boolean => model.operations.has(verb + noun);
    if (has("Describe")) {
      const { sent } = await call(local, `Describe${noun}`, keys);
      expect([sent.status, sent.text]).toEqual([200, shown]);
    }
    const listing = operations.find(
      ({ name }) => name.startsWith("List") && subjectOf(plane, name)?.kind.noun === noun,
    );
    if (listing !== undefined && subjectOf(plane, listing.name)?.verb === "List") {
      const { sent } = await call(local, listing.name, keys);
      expect([sent.status, sent.text]).toEqual([200, shown]);
    }
    if (noun === "NotebookInstance") await call(local, "StopNotebookInstance", keys);
    if (has("Update")) expect((await call(local, `Update${noun}`, keys)).sent.text).not.toContain("__type");
    if (!has("Delete")) return;
    const change = noun === "Artifact" ? { ArtifactArn: made.keys["ArtifactArn"] } : {};
    expect((await call(local, `Delete${noun}`, keys, change)).sent.text).not.toContain("__type");
    if (!has("Describe")) return;
    const gone = await call(local, `Describe${noun}`, keys);
    expect(gone.sent.json["__type"]).toBe(readKinds(model).get(noun)?.missing);
  });
});
