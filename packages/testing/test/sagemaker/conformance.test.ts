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
  const answer = withoutDigits(sent?.json ?? {});
  expect(answer).toEqual(output === "" ? {} : validate(model, output, answer));
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
    expect(made.sent.text).not.toContain("__type");
    const keys = { ...parents, ...made.keys };
    const shown = expect.stringContaining(noun === "ImageVersion" ? "image-version/" : "round") as string;
    const has = (operation: string): boolean => model.operations.has(operation);
    const steps: { readonly step: string; readonly text: string; readonly wanted: unknown }[] = [];
    const take = async (step: string, wanted: unknown, change: Record<string, unknown> = {}): Promise<void> => {
      if (has(step)) steps.push({ step, text: (await call(local, step, keys, change)).sent.text, wanted });
    };
    const fine = expect.not.stringContaining("__type") as string;
    await take(`Describe${noun}`, shown);
    for (const { name } of operations) {
      const subject = subjectOf(plane, name);
      if (subject?.verb === "List" && subject.kind.noun === noun) await take(name, shown);
    }
    if (noun === "NotebookInstance") await take("StopNotebookInstance", fine);
    await take(`Update${noun}`, fine);
    await take(`Delete${noun}`, fine, noun === "Artifact" ? { ArtifactArn: made.keys["ArtifactArn"] } : {});
    const missing = expect.stringContaining(`"__type":"${readKinds(model).get(noun)?.missing}"`) as string;
    if (has(`Delete${noun}`)) await take(`Describe${noun}`, missing);
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.map(({ step, text }) => [step, text])).toEqual(steps.map(({ step, wanted }) => [step, wanted]));
  });
});
