import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Aws, startAws } from "../../src/index.ts";
import { registry } from "../send.ts";

let aws: Aws;
const findings = Array.from({ length: 5 }, (_, n) => ({ name: `CVE-2026-${n}`, severity: n < 2 ? "CRITICAL" : "LOW" }));
beforeEach(async () => {
  aws = await startAws({
    images: [
      { repository: "team/model", tags: ["v1"], findings },
      {
        repository: "team/model",
        tags: ["v2"],
        scanning: "enhanced",
        findings: [{ severity: "HIGH", packageVulnerabilityDetails: { vulnerabilityId: "CVE-2026-9" } }],
      },
      { repository: "team/model", tags: ["fresh"], status: "never", findings: findings.slice(0, 1) },
    ],
  });
});
afterEach(() => aws.close());

const ask = (input: Record<string, unknown>) =>
  registry(aws, "DescribeImageScanFindings", { repositoryName: "team/model", ...input });

describe("DescribeImageScanFindings", () => {
  it("comes in pages, the counts of all on each", async () => {
    const first = await ask({ imageId: { imageTag: "v1" }, maxResults: 3 });
    expect(first.json).toMatchObject({
      registryId: "123456789012",
      imageScanStatus: { status: "COMPLETE" },
      imageScanFindings: { findings: findings.slice(0, 3), findingSeverityCounts: { CRITICAL: 2, LOW: 3 } },
    });
    const rest = await ask({ imageId: { imageTag: "v1" }, maxResults: 3, nextToken: first.json["nextToken"] });
    expect(rest.json).toMatchObject({ imageScanFindings: { findings: findings.slice(3) } });
    expect(rest.json["nextToken"]).toBeUndefined();
  });

  it("answers enhancedFindings under enhanced scanning", async () => {
    expect((await ask({ imageId: { imageTag: "v2" } })).json).toMatchObject({
      imageScanStatus: { status: "ACTIVE" },
      imageScanFindings: { enhancedFindings: [{ severity: "HIGH" }] },
    });
  });

  it.each([
    ["ScanNotFoundException", { imageId: { imageTag: "fresh" } }],
    ["ImageNotFoundException", { imageId: { imageTag: "v9" } }],
    ["ImageNotFoundException", { imageId: { imageTag: "v1", imageDigest: `sha256:${"0".repeat(64)}` } }],
    ["RepositoryNotFoundException", { repositoryName: "team/other", imageId: { imageTag: "v1" } }],
    ["InvalidParameterException", {}],
    ["AccessDeniedException", { registryId: "763104351884", imageId: { imageTag: "v1" } }],
  ])("%s for %j", async (code, input) => {
    const { status, json } = await ask(input);
    expect([status, json["__type"]]).toEqual([400, code]);
  });
});

describe("StartImageScan", () => {
  it("finds the findings after its duration, and may be started once a day", async () => {
    const input = { repositoryName: "team/model", imageId: { imageTag: "fresh" } };
    expect((await registry(aws, "StartImageScan", input)).json).toMatchObject({
      imageScanStatus: { status: "IN_PROGRESS" },
    });
    expect((await ask(input)).json["imageScanFindings"]).toBeUndefined();
    await aws.clock.advance(5000);
    expect((await ask(input)).json).toMatchObject({
      imageScanStatus: { status: "COMPLETE" },
      imageScanFindings: { findings: findings.slice(0, 1) },
    });
    expect((await registry(aws, "StartImageScan", input)).json["__type"]).toBe("LimitExceededException");
  });
});

describe("DescribeImages", () => {
  it("tells the digest behind a tag", async () => {
    const digest = aws.image({ repository: "other", tags: ["a", "b"], digest: `sha256:${"7".repeat(64)}` });
    const { json } = await registry(aws, "DescribeImages", { repositoryName: "other", imageIds: [{ imageTag: "b" }] });
    expect(json["imageDetails"]).toMatchObject([
      { imageDigest: digest, imageTags: ["a", "b"], imageScanStatus: { status: "COMPLETE" } },
    ]);
  });
});
