import { describe, expect, it } from "vitest";
import { createGuard } from "../../src/index.ts";
import { bodies, change, definition, image } from "../bodies.ts";

const guard = createGuard({ posture: "private" });
const pipeline = (pointer: string, value: unknown) => ({
  ...bodies["CreatePipeline"],
  PipelineDefinition: JSON.stringify(change(definition, pointer, value)),
});
const found = (input: unknown) =>
  guard.check("CreatePipeline", input, {}).map(({ rule, path, action }) => `${action} ${rule} ${path}`);

describe("a pipeline", () => {
  it("passes when each of its steps would, models made on the way included", () => {
    expect(found(bodies["CreatePipeline"])).toEqual([]);
  });

  it("is no way round the rules: its steps are judged as the requests they will be", () => {
    expect(found(pipeline("/Steps/0/Arguments/VpcConfig", undefined))).toEqual([
      "CreatePipeline training-vpc /PipelineDefinition",
    ]);
    expect(found(pipeline("/Steps/1/Arguments/IfSteps/0/Arguments/VpcConfig", undefined))).toEqual([
      "CreatePipeline model-vpc /PipelineDefinition",
      "CreatePipeline transform-vpc /PipelineDefinition",
      "CreatePipeline transform-isolation /PipelineDefinition",
    ]);
    const [finding] = guard.check("CreatePipeline", pipeline("/Steps/0/Arguments/VpcConfig", undefined), {});
    expect(finding?.message).toMatch(/^In the step Train, at "\/VpcConfig": /);
  });

  it("is not trusted with values that are known only when it runs", () => {
    expect(found(pipeline("/Steps/0/Arguments/EnableNetworkIsolation", { Get: "Parameters.Isolated" }))).toEqual([
      "CreatePipeline network-isolation /PipelineDefinition",
    ]);
    expect(found(pipeline("/Steps/1/Arguments/IfSteps/1/Arguments/ModelName", { Get: "Parameters.Model" }))).toEqual([
      "CreatePipeline transform-vpc /PipelineDefinition",
    ]);
  });

  it("is asked for the images of its steps", async () => {
    const asked: string[] = [];
    const gated = createGuard({
      posture: "baseline",
      images: {
        judge: (name) => {
          asked.push(name);
          return Promise.resolve({ verdict: "block", image: name, findings: [], reason: "CVE-1" });
        },
      },
    });
    const findings = await gated.review("CreatePipeline", bodies["CreatePipeline"]);
    expect(asked).toEqual([image]);
    expect(findings.map(({ rule }) => rule)).toEqual(["image-scanned", "image-scanned"]);
  });

  it("is excepted by its own name", () => {
    const excepted = createGuard({
      posture: "private",
      exceptions: [{ rule: "training-vpc", resource: "pipeline/churn", until: "2100-01-01", reason: "test data only" }],
    });
    expect(excepted.check("CreatePipeline", pipeline("/Steps/0/Arguments/VpcConfig", undefined), {})).toEqual([]);
  });
});
