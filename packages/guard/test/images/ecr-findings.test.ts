import { createClock } from "@countersign/signer";
import { describe, expect, it } from "vitest";
import { GuardError, type ImageGateOptions, ecrFindings, imageGate } from "../../src/index.ts";
import { digest, image, index, now } from "./reports.ts";

const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "not-a-real-secret-key" };

interface Asked {
  readonly url: string;
  readonly target: string | null;
  readonly authorization: string | null;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A gate in front of an ECR that answers with these bodies, one after the other. */
function gate(...answers: readonly unknown[]) {
  const asked: Asked[] = [];
  const source = ecrFindings({
    region: "eu-west-1",
    credentials,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      asked.push({
        url: request.url,
        target: request.headers.get("x-amz-target"),
        authorization: request.headers.get("authorization"),
        input: (await request.json()) as Asked["input"],
      });
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      return typeof answer === "string" ? new Response(answer) : Response.json(answer);
    },
  });
  return {
    asked,
    judge: (options: Pick<ImageGateOptions, "allow"> = {}) =>
      imageGate({ source, clock: createClock({ wall: () => now }), maxScanAgeHours: 24, ...options }).judge(image),
  };
}

const page = (changes: object = {}, found: object = {}) => ({
  registryId: "111122223333",
  repositoryName: "churn",
  imageId: { imageDigest: digest },
  imageScanStatus: { status: "COMPLETE" },
  imageScanFindings: { imageScanCompletedAt: now / 1_000 - 60, findingSeverityCounts: {}, findings: [], ...found },
  ...changes,
});

const critical = { name: "CVE-2026-1", severity: "CRITICAL", attributes: [] };

describe("ecrFindings", () => {
  it("asks the registry of the image for the digest, signed for ECR", async () => {
    const { asked, judge } = gate(page());
    expect(await judge()).toMatchObject({ verdict: "pass", digest });
    expect(asked).toEqual([
      {
        url: "https://api.ecr.eu-west-1.amazonaws.com/",
        target: "AmazonEC2ContainerRegistry_V20150921.DescribeImageScanFindings",
        authorization: expect.stringContaining("/eu-west-1/ecr/aws4_request") as string,
        input: {
          registryId: "111122223333",
          repositoryName: "churn",
          imageId: { imageDigest: digest },
          maxResults: 1_000,
        },
      },
    ]);
  });

  it("does not count what Inspector closed, and counts what it suppressed", async () => {
    const finding = (status: string) => ({
      status,
      severity: "CRITICAL",
      packageVulnerabilityDetails: { vulnerabilityId: "CVE-2026-9", vulnerablePackages: [{ name: "openssl" }] },
    });
    const of = (...statuses: readonly string[]) =>
      gate(
        page(
          { imageScanStatus: { status: "ACTIVE" } },
          {
            findings: undefined,
            enhancedFindings: statuses.map(finding),
            findingSeverityCounts: { CRITICAL: statuses.length },
          },
        ),
      ).judge();
    expect(await of("CLOSED", "CLOSED")).toMatchObject({ verdict: "pass" });
    expect(await of("CLOSED", "SUPPRESSED")).toMatchObject({ verdict: "block" });
    expect(await of("CLOSED", "ACTIVE")).toMatchObject({ verdict: "block" });
  });

  it("blocks on what stands on a later page", async () => {
    const { asked, judge } = gate(
      page({ nextToken: "a" }, { findingSeverityCounts: { CRITICAL: 1 } }),
      page({}, { findings: [critical] }),
    );
    expect(await judge()).toMatchObject({ verdict: "block", reason: "CVE-2026-1 (critical) in unknown" });
    expect(asked[1]?.input).toMatchObject({ nextToken: "a" });
  });

  it.each([
    ["a list shorter than its counts", [page({}, { findingSeverityCounts: { CRITICAL: 1 } })]],
    ...[
      "3",
      ["CRITICAL"],
      { CRITICAL: "3" },
      { CRITICAL: null },
      { CRITICAL: 3, LOW: -3 },
      { CRITICAL: { count: 3 } },
    ].map((findingSeverityCounts): [string, unknown[]] => [
      `counts that count nothing: ${JSON.stringify(findingSeverityCounts)}`,
      [page({}, { findingSeverityCounts })],
    ]),
    ["a page that repeats its token", [page({ nextToken: "a" })]],
    ["an answer about another image", [page({ imageId: { imageDigest: index } })]],
    ["an answer about no image", [page({ imageId: {} })]],
    ["a second page about another state", [page({ nextToken: "a" }), page({ imageScanStatus: { status: "FAILED" } })]],
    ["an answer without findings", [page({ imageScanFindings: undefined })]],
    ["an object in place of findings", [page({}, { findings: {} })]],
    ["a finding without a name", [page({}, { findings: [{ severity: "LOW" }] })]],
    ["an answer without a date", [page({}, { imageScanCompletedAt: undefined })]],
    ["old vulnerability data", [page({}, { vulnerabilitySourceUpdatedAt: now / 1_000 - 90_000 })]],
    ["a state that is new to us", [page({ imageScanStatus: { status: "PARTIAL" } })]],
    ["an answer in HTML", ["<html>"]],
    ["an empty answer", [""]],
    ["an empty object", [{}]],
  ])("has no verdict from %s", async (_, answers) => {
    expect(await gate(...answers).judge()).toMatchObject({ verdict: "none", findings: [] });
  });

  it("an advisory of several vulnerabilities is not allowed by one of them", async () => {
    const related = (relatedVulnerabilities: readonly string[]) =>
      page(
        {},
        {
          enhancedFindings: [
            {
              severity: "CRITICAL",
              status: "ACTIVE",
              packageVulnerabilityDetails: { vulnerabilityId: "ALAS-1", relatedVulnerabilities },
            },
          ],
        },
      );
    const allow = [{ id: "CVE-2026-1", until: "2100-01-01", reason: "not reachable" }];
    expect(await gate(related(["CVE-2026-1"])).judge({ allow })).toMatchObject({ verdict: "pass" });
    expect(await gate(related(["CVE-2026-1", "CVE-2026-2"])).judge({ allow })).toMatchObject({ verdict: "block" });
  });

  it("needs a region", () => {
    expect(() => ecrFindings({ region: "", credentials })).toThrow(GuardError);
  });
});
