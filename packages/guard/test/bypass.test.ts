import { describe, expect, it } from "vitest";
import { type GuardOptions, GuardError, createGuard } from "../src/index.ts";

const guard = createGuard({ posture: "baseline" });
const rulesOf = (action: string, input: unknown): string[] => guard.check(action, input, {}).map(({ rule }) => rule);
const training = { Name: "T", Type: "Training", Arguments: { AlgorithmSpecification: { TrainingImage: "x" } } };

const refusal = (options: unknown): unknown => {
  try {
    createGuard(options as GuardOptions);
    return undefined;
  } catch (error) {
    return error;
  }
};

describe("a way round the rules", () => {
  it("is no other case of letters: the steps of a pipeline are judged, and facts gathered, all the same", async () => {
    const input = { PipelineDefinition: JSON.stringify({ Steps: [training] }) };
    expect(rulesOf("CreatePipeline", input)).toEqual(["container-internet"]);
    expect(rulesOf("createpipeline", input)).toEqual(["container-internet"]);
    const asked: string[] = [];
    const closed = createGuard({
      posture: "private",
      facts: {
        model: async (name) => {
          asked.push(name);
          return undefined;
        },
      },
    });
    await closed.review("CREATETRANSFORMJOB", { ModelName: "m" });
    expect(asked).toEqual(["m"]);
  });

  it.each([
    ["a member twice", '{"Steps":[],"Steps":[]}'],
    ["a step of no known type", '{"Steps":[{"Name":"C","Type":"__proto__","Arguments":{}}]}'],
    ["no list of steps", '{"Steps":{}}'],
    ["no JSON", "Steps: []"],
  ])("is no pipeline whose definition has %s, in whatever posture", (_, PipelineDefinition) => {
    expect(rulesOf("CreatePipeline", { PipelineDefinition })).toEqual(["pipeline-definition"]);
  });

  it("is no charset in which the same bytes are another text", async () => {
    const send = (type: string) =>
      guard.enforceRequest({
        url: "https://api.sagemaker.eu-west-1.amazonaws.com/",
        headers: { "x-amz-target": "SageMaker.ListModels", "content-type": type },
        body: "{}",
      });
    for (const type of ["charset=utf-7", "charset=utf-16", "charset=ibm037", "charset=utf-8; charset=utf-7"])
      await expect(send(`application/x-amz-json-1.1; ${type}`)).rejects.toMatchObject({
        findings: [{ rule: "request-unreadable" }],
      });
    for (const type of ["application/json", "application/x-amz-json-1.1; charset=UTF-8"])
      await expect(send(type)).resolves.toMatchObject({ action: "ListModels" });
  });

  it("is no flag written as text", () => {
    const found = createGuard({ posture: "locked" }).check(
      "CreateFeatureGroup",
      { OnlineStoreConfig: { EnableOnlineStore: "true" } },
      {},
    );
    expect(found.map(({ rule }) => rule)).toContain("feature-online-key");
  });
});

describe("options that would allow what their author meant to refuse", () => {
  const exception = { rule: "container-internet", resource: "*", until: "2027-01-01", reason: "r" };
  it.each([
    ["a misspelt list of the network", { network: { subnetIds: ["subnet-0a"] } }, "subnetIds"],
    ["text as network", { network: "vpc-0a" }, "network: must be an object"],
    ["a source of reports instead of a gate", { images: { scan: () => undefined } }, "imageGate"],
    ["one exception in place of a list", { exceptions: exception }, "exceptions: must be a list"],
    ["null as an exception", { exceptions: [null] }, "exceptions[0]: must be an object"],
    ["a date that depends on the machine", { exceptions: [{ ...exception, until: "01/02/2027" }] }, "RFC 3339"],
    ["a time without a zone", { exceptions: [{ ...exception, until: "2027-01-01T00:00:00" }] }, "RFC 3339"],
  ])("are refused: %s", (_, options, message) => {
    const error = refusal({ posture: "baseline", ...options });
    expect(error).toBeInstanceOf(GuardError);
    expect(error).toMatchObject({ code: "INVALID_OPTION", message: expect.stringContaining(message) as string });
  });

  it("are not the usual ones", () => {
    for (const until of ["2027-01-01", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00.5+02:00", new Date(0)])
      expect(refusal({ posture: "baseline", exceptions: [{ ...exception, until }] })).toBeUndefined();
  });
});
