import { createClock } from "@countersign/signer";
import { describe, expect, it } from "vitest";
import { judgeTemplate, readTemplate, withImageVerdicts } from "../../src/iac/index.ts";
import { createGuard, imageGate, trivyReport } from "../../src/index.ts";
import { image } from "../bodies.ts";
import { cleanTrivy, now, trivy } from "../images/reports.ts";

const clock = createClock({ wall: () => now });

async function told(report: object, Image: unknown): Promise<readonly unknown[]> {
  const images = imageGate({ source: trivyReport(report as never), clock });
  const template = {
    Parameters: { Tag: { Type: "String" } },
    Resources: {
      M: {
        Type: "AWS::SageMaker::Model",
        Properties: { EnableNetworkIsolation: true, PrimaryContainer: { Image } },
      },
    },
  };
  const guard = createGuard({ posture: "baseline", images });
  const resources = await withImageVerdicts(images, readTemplate(JSON.stringify(template)));
  return judgeTemplate(guard, resources).flatMap(({ verdict, findings, unjudged }) => [
    verdict,
    ...findings.map(({ rule, path }) => `${rule} ${path}`),
    ...unjudged.map(({ rule, path }) => `? ${rule} ${path}`),
  ]);
}

const at = "image-scanned /PrimaryContainer/Image";

describe("the image gate on templates", () => {
  it("passes a scanned image, and finds one with vulnerabilities or without a report", async () => {
    expect(await told(cleanTrivy, image)).toEqual(["clean"]);
    expect(await told(trivy, image)).toEqual(["finding", at]);
    expect(await told(cleanTrivy, image.replace(/[0-9a-f]{8}$/, "00000000"))).toEqual(["finding", at]);
    expect(await told({}, image)).toEqual(["finding", at]);
  });

  it("leaves an image unjudged whose name the file does not say", async () => {
    expect(await told(cleanTrivy, { Ref: "Tag" })).toEqual([
      "unjudged",
      "? isolation-container /PrimaryContainer/Image",
      `? ${at}`,
    ]);
  });

  it("reads the images of a pipeline's steps", async () => {
    const images = imageGate({ source: trivyReport(trivy), clock });
    const step = {
      Name: "M",
      Type: "Model",
      Arguments: { EnableNetworkIsolation: true, PrimaryContainer: { Image: image } },
    };
    const request = { action: "CreatePipeline", input: { PipelineDefinition: JSON.stringify({ Steps: [step] }) } };
    const [resource] = await withImageVerdicts(images, readTemplate(JSON.stringify(request)));
    expect(Object.keys(resource?.facts.images ?? {})).toEqual([image]);
  });

  it("refuses another gate, and resources from elsewhere", async () => {
    await expect(withImageVerdicts({} as never, [])).rejects.toMatchObject({ code: "INVALID_OPTION" });
    const images = imageGate({ source: trivyReport(cleanTrivy) });
    await expect(withImageVerdicts(images, [{}] as never)).rejects.toMatchObject({ code: "INVALID_OPTION" });
  });
});
