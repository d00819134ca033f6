import { describe, expect, it } from "vitest";
import { judgeTemplate, readTemplate } from "../../src/iac/index.ts";
import { type ImageGate, type ImageSource, type Scan, createGuard, imageGate } from "../../src/index.ts";

const scan: Scan = {
  kind: "scan",
  digests: [],
  tags: [],
  scannedAt: Date.now(),
  findings: [],
  coverage: { scanner: "trivy", packages: [], filters: [], gaps: [] },
};

/** A gate that lets every image pass that it sees. */
const images: ImageGate = { judge: (image) => Promise.resolve({ verdict: "pass", image, findings: [] }) };
const guard = createGuard({ posture: "baseline", images });
const told = (file: object, by = guard) =>
  judgeTemplate(by, readTemplate(JSON.stringify(file))).map(
    ({ verdict, findings, unjudged }) => `${verdict} ${[...findings, ...unjudged].map(({ rule }) => rule).join()}`,
  );
const model = (PrimaryContainer: object) => ({
  Parameters: { Package: { Type: "String" } },
  Resources: {
    P: { Type: "AWS::SageMaker::ModelPackage", Properties: { ModelPackageGroupName: "g" } },
    M: { Type: "AWS::SageMaker::Model", Properties: { EnableNetworkIsolation: true, PrimaryContainer } },
  },
});
const inPipeline = (Arguments: object) => ({
  Version: "2020-12-01",
  Steps: [{ Name: "S", Type: "Training", Arguments }],
});

describe("an image that is named through something else is never clean behind a gate", () => {
  it("in a template: by name, by a parameter, by a package of the template", () => {
    const last = (container: object) => told(model(container)).at(-1);
    expect(last({ ModelPackageName: "arn:aws:sagemaker:eu-west-1:111122223333:model-package/g/1" })).toBe(
      "finding image-reference",
    );
    expect(last({ ModelPackageName: { Ref: "Package" } })).toContain("unjudged");
    expect(last({ ModelPackageName: { Ref: "P" } })).toContain("unjudged image-reference");
  });

  it("in a plan, whether the name is known or not", () => {
    const resource = (values: object, after: object) => ({
      format_version: "1.2",
      planned_values: {
        root_module: { resources: [{ address: "r", mode: "managed", type: "aws_sagemaker_model", values }] },
      },
      resource_changes: [{ address: "r", mode: "managed", change: { actions: ["create"], after_unknown: after } }],
    });
    const network = { enable_network_isolation: true };
    expect(told(resource({ ...network, primary_container: [{ model_package_name: "arn:x" }] }, {}))).toEqual([
      "finding image-reference",
    ]);
    expect(
      told(resource({ ...network, primary_container: [{}] }, { primary_container: [{ model_package_name: true }] })),
    ).toEqual(["unjudged image-reference"]);
  });

  it("in a pipeline: an algorithm, or an image that is a parameter", () => {
    const job = { EnableNetworkIsolation: true };
    expect(told(inPipeline({ ...job, AlgorithmSpecification: { AlgorithmName: "arn:x" } })).join()).toContain(
      "image-reference",
    );
    const byParameter = { AlgorithmSpecification: { TrainingImage: { Get: "Parameters.Image" } } };
    expect(told(inPipeline({ ...job, ...byParameter }))).toEqual([expect.stringContaining("unjudged")]);
    const definition = JSON.stringify(inPipeline({ ...job, ...byParameter }));
    expect(guard.check("CreatePipeline", { PipelineDefinition: definition }).map(({ rule }) => rule)).toContain(
      "image-scanned",
    );
  });

  it("but without a gate images are not judged, and a base model beside an image names none", () => {
    const none = createGuard({ posture: "baseline" });
    const container = { ModelPackageName: "arn:x" };
    expect(told(model(container), none).at(-1)).toBe("clean ");
    const facts = { images: { x: { verdict: "pass", image: "x", findings: [] } } } as const;
    const Containers = [{ Image: "x", BaseModel: { HubContentName: "llm" } }];
    expect(guard.check("CreateModelPackage", { InferenceSpecification: { Containers } }, facts)).toEqual([]);
  });
});

describe("an image with two digests", () => {
  const [one, other] = ["a", "b"].map((digit) => `sha256:${digit.repeat(64)}`);
  const source: ImageSource = {
    scan: () => Promise.resolve({ ...scan, digests: [one ?? ""] }),
  };
  const gated = createGuard({ posture: "baseline", images: imageGate({ source }) });
  const found = async (container: object) =>
    (
      await gated.review("CreateModelPackage", {
        ModelPackageGroupName: "g",
        InferenceSpecification: { Containers: [container] },
      })
    ).map(({ rule }) => rule);

  it("is refused, because either may run", async () => {
    const Image = `registry.test/churn@${one}`;
    expect(await found({ Image })).toEqual([]);
    expect(await found({ Image, ImageDigest: one })).toEqual([]);
    expect(await found({ Image: "registry.test/churn", ImageDigest: one })).toEqual([]);
    for (const ImageDigest of [other, one?.toUpperCase()])
      expect(await found({ Image, ImageDigest })).toEqual(["image-scanned"]);
  });
});
