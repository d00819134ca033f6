import { type Guard, awsFacts, createGuard, ecrFindings, imageGate } from "@countersign/guard";
import { type Aws, startAws } from "@countersign/testing";
import { type Transport, createTransport } from "@countersign/transport";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

const account = "123456789012";
const region = "us-east-1";
const registry = `${account}.dkr.ecr.${region}.amazonaws.com`;

let aws: Aws;
let transport: Transport;

beforeAll(async () => {
  aws = await startAws({
    subnets: [
      { subnetId: "subnet-a", vpcId: "vpc-1", availabilityZone: "us-east-1a" },
      { subnetId: "subnet-b", vpcId: "vpc-1", availabilityZone: "us-east-1b" },
      { subnetId: "subnet-c", vpcId: "vpc-1", availabilityZone: "us-east-1a" },
    ],
  });
  transport = createTransport({ ca: aws.ca });
});

afterAll(async () => {
  await transport.close();
  await aws.close();
});

beforeEach(() => aws.reset());

const facts = () =>
  awsFacts({
    region,
    credentials: aws.user,
    fetch: transport.fetch,
    endpoints: { sagemaker: aws.url.sagemaker, ec2: aws.url.ec2 },
  });

const rulesOf = async (guard: Guard, action: string, input: unknown): Promise<readonly string[]> =>
  (await guard.review(action, input)).map(({ rule }) => rule);

describe("awsFacts", () => {
  const model = (Subnets: readonly string[]) => ({
    ModelName: "m",
    EnableNetworkIsolation: true,
    VpcConfig: { Subnets, SecurityGroupIds: ["sg-1"] },
  });

  it("asks EC2 for the zones of a model's subnets, signed", async () => {
    const guard = createGuard({ posture: "private", facts: facts() });
    expect(await rulesOf(guard, "CreateModel", model(["subnet-a", "subnet-b"]))).toEqual([]);
    expect(await rulesOf(guard, "CreateModel", model(["subnet-a", "subnet-c"]))).toEqual(["hosting-zones"]);
    expect(aws.calls({ service: "ec2" }).length).toBe(2);
  });

  it("asks SageMaker for the model of a transform job, signed", async () => {
    const guard = createGuard({ posture: "private", facts: facts() });
    const job = { TransformJobName: "t", ModelName: "batch" };
    expect(await rulesOf(guard, "CreateTransformJob", job)).toEqual(["transform-vpc"]);
    await call("CreateModel", {
      ...model(["subnet-a", "subnet-b"]),
      ModelName: "batch",
      ExecutionRoleArn: `arn:aws:iam::${account}:role/execution`,
      PrimaryContainer: { Image: `${registry}/churn:1` },
    });
    expect(await rulesOf(guard, "CreateTransformJob", job)).toEqual([]);
  });

  it("takes a refusal of AWS for not knowing", async () => {
    const stranger = awsFacts({
      region,
      credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wrong" },
      fetch: transport.fetch,
      endpoints: { sagemaker: aws.url.sagemaker, ec2: aws.url.ec2 },
    });
    const guard = createGuard({ posture: "private", facts: stranger });
    expect(await rulesOf(guard, "CreateTransformJob", { TransformJobName: "t", ModelName: "batch" })).toEqual([
      "transform-vpc",
    ]);
  });

  async function call(operation: string, input: object): Promise<void> {
    const { createSignedFetch } = await import("@countersign/fetch");
    const url = new URL(aws.url.sagemaker);
    const signed = createSignedFetch({
      region,
      service: "sagemaker",
      credentials: aws.user,
      allowedHosts: [url.host],
      fetch: transport.fetch,
    });
    const response = await signed(url, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `SageMaker.${operation}` },
      body: JSON.stringify(input),
    });
    expect(await response.text()).not.toContain("__type");
  }
});

describe("ecrFindings", () => {
  const gate = (options: Partial<Parameters<typeof imageGate>[0]> = {}) =>
    imageGate({
      source: ecrFindings({ region, credentials: aws.user, fetch: transport.fetch, endpoint: aws.url.ecr }),
      clock: aws.clock,
      maxScanAgeHours: 24,
      ...options,
    });
  const basic = (count: number, severity: string) =>
    Array.from({ length: count }, (_, index) => ({
      name: `CVE-2026-${1000 + index}`,
      severity,
      uri: "https://example.org",
      attributes: [
        { key: "package_name", value: "openssl" },
        { key: "package_version", value: "3.0.1" },
        { key: "CVSS3_SCORE", value: "7.5" },
      ],
    }));

  it("passes an image that basic scanning found clean, by digest and by a tag that leads to it", async () => {
    const digest = aws.image({ repository: "clean", tags: ["1"] });
    expect(await gate().judge(`${registry}/clean@${digest}`)).toMatchObject({ verdict: "pass", digest });
    const resolving = gate({ requireDigest: "resolve" });
    expect(await resolving.judge(`${registry}/clean:1`)).toMatchObject({ verdict: "pass", digest });
    expect(await resolving.judge(`${registry}/clean:2`)).toMatchObject({ verdict: "block" });
    expect(await gate().judge(`${registry}/clean:1`)).toMatchObject({
      verdict: "block",
      fix: expect.stringContaining(`clean@${digest}`) as string,
    });
    expect(await gate().judge(`${registry}/clean:2`)).toMatchObject({ verdict: "block" });
  });

  it("reads every page", async () => {
    const digest = aws.image({ repository: "paged", findings: [...basic(1_250, "LOW"), ...basic(1, "CRITICAL")] });
    const verdict = await gate().judge(`${registry}/paged@${digest}`);
    expect(verdict).toMatchObject({ verdict: "block", reason: "CVE-2026-1000 (critical) in openssl" });
    expect(verdict.findings).toEqual([expect.objectContaining({ source: "ecr", fix: "unknown", severity: 5 })]);
    expect(aws.calls({ service: "ecr" }).length).toBeGreaterThan(1);
  });

  it("does not take a missing word of a fix in basic scanning for no fix", async () => {
    const digest = aws.image({ repository: "fixes", findings: basic(1, "HIGH") });
    const image = `${registry}/fixes@${digest}`;
    expect(await gate({ onlyFixable: true }).judge(image)).toMatchObject({ verdict: "block" });
    expect(await gate({ onlyFixable: true, unknownFix: "allow" }).judge(image)).toMatchObject({ verdict: "pass" });
  });

  it("reads findings of Inspector", async () => {
    const finding = (id: string, changes: object) => ({
      severity: "HIGH",
      status: "ACTIVE",
      type: "PACKAGE_VULNERABILITY",
      fixAvailable: "NO",
      exploitAvailable: "YES",
      score: 7.5,
      packageVulnerabilityDetails: {
        vulnerabilityId: id,
        relatedVulnerabilities: ["GHSA-aaaa"],
        vulnerablePackages: [{ name: "zlib", version: "1.2", packageManager: "OS", fixedInVersion: "NotAvailable" }],
      },
      ...changes,
    });
    const digest = aws.image({
      repository: "enhanced",
      scanning: "enhanced",
      findings: [
        finding("CVE-1", {}),
        finding("CVE-2", { fixAvailable: "PARTIAL" }),
        finding("CVE-3", { status: "SUPPRESSED", fixAvailable: "YES" }),
        finding("CVE-4", { severity: "UNTRIAGED", fixAvailable: "YES" }),
        finding("CVE-5", { severity: "MEDIUM", fixAvailable: "YES" }),
      ],
    });
    const ids = async (options: Partial<Parameters<typeof imageGate>[0]>) =>
      (await gate(options).judge(`${registry}/enhanced@${digest}`)).findings.map(({ id }) => id);
    expect(await ids({})).toEqual(["CVE-4", "CVE-1", "CVE-2", "CVE-3"]);
    expect(await ids({ onlyFixable: true })).toEqual(["CVE-4", "CVE-2", "CVE-3"]);
    expect(await ids({ allow: [{ id: "GHSA-aaaa", until: "2100-01-01", reason: "not reachable" }] })).toEqual([]);
  });

  it.each([
    "IN_PROGRESS",
    "FAILED",
    "PENDING",
    "UNSUPPORTED_IMAGE",
    "SCAN_ELIGIBILITY_EXPIRED",
    "FINDINGS_UNAVAILABLE",
    "LIMIT_EXCEEDED",
    "IMAGE_ARCHIVED",
    "never",
  ] as const)("has no verdict while the scan is %s", async (status) => {
    const digest = aws.image({ repository: `state-${status.toLowerCase()}`, status });
    expect(await gate().judge(`${registry}/state-${status.toLowerCase()}@${digest}`)).toMatchObject({
      verdict: "none",
    });
  });

  it("has no verdict about old scans, images it does not find, other regions, or when AWS refuses", async () => {
    const digest = aws.image({ repository: "old", scannedAt: new Date(aws.clock.now() - 25 * 3_600_000) });
    expect(await gate().judge(`${registry}/old@${digest}`)).toMatchObject({ verdict: "none" });
    expect(await gate({ maxScanAgeHours: 26 }).judge(`${registry}/old@${digest}`)).toMatchObject({ verdict: "pass" });
    expect(await gate().judge(`${registry}/nowhere@${digest}`)).toMatchObject({
      verdict: "none",
      reason: expect.stringContaining("RepositoryNotFoundException") as string,
    });
    expect(await gate().judge(`${account}.dkr.ecr.eu-west-1.amazonaws.com/old@${digest}`)).toMatchObject({
      verdict: "none",
    });
    expect(await gate().judge(`docker.io/library/old@${digest}`)).toMatchObject({ verdict: "none" });
    const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wrong" };
    const source = ecrFindings({ region, credentials, fetch: transport.fetch, endpoint: aws.url.ecr });
    expect(await gate({ source }).judge(`${registry}/old@${digest}`)).toMatchObject({ verdict: "none" });
  });

  it("stops a training job whose image has a critical vulnerability before anything is signed", async () => {
    const digest = aws.image({ repository: "bad", findings: basic(1, "CRITICAL") });
    const guard = createGuard({ posture: "baseline", images: gate() });
    const input = {
      TrainingJobName: "t",
      EnableNetworkIsolation: true,
      AlgorithmSpecification: { TrainingImage: `${registry}/bad@${digest}` },
    };
    await expect(guard.enforce("CreateTrainingJob", input)).rejects.toMatchObject({
      findings: [{ rule: "image-scanned", path: "/AlgorithmSpecification/TrainingImage", severity: "critical" }],
    });
  });
});
