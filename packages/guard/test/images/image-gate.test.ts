import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  GuardError,
  type ImageGateOptions,
  type ImageSource,
  grypeReport,
  imageGate,
  trivyReport,
} from "../../src/index.ts";
import { change } from "../bodies.ts";
import { cleanGrype, cleanTrivy, digest, grype, image, index, now, repository, trivy } from "./reports.ts";

const clock = { now: () => now };
const judge = (source: ImageGateOptions["source"], options: Partial<ImageGateOptions> = {}, name = image) =>
  imageGate({ source, clock, maxScanAgeHours: 72, ...options }).judge(name);
const bytes = (report: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(report));

describe("a clean image whose digest the report is about", () => {
  it("passes", async () => {
    for (const source of [
      trivyReport(cleanTrivy),
      grypeReport(cleanGrype),
      trivyReport(bytes(cleanTrivy)),
      [grypeReport(bytes(cleanGrype)), trivyReport(cleanTrivy)],
    ])
      expect(await judge(source)).toMatchObject({ verdict: "pass", image, digest, findings: [] });
  });

  it("is known by the digest of its manifest and of its index", async () => {
    expect(await judge(grypeReport(cleanGrype), {}, `${repository}@${index}`)).toMatchObject({ verdict: "pass" });
  });
});

describe("a vulnerability", () => {
  it("blocks from the severity on, and is named", async () => {
    const verdict = await judge(trivyReport(trivy));
    expect(verdict).toMatchObject({
      verdict: "block",
      reason: "CVE-2026-1001 (high) in openssl",
      scannedAt: "2026-11-22T21:04:05.123Z",
    });
    expect(verdict.findings).toEqual([
      {
        id: "CVE-2026-1001",
        aliases: ["DSA-6001-1"],
        severity: 4,
        cvss: { version: "3", score: 7.5, vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", source: "nvd" },
        package: {
          name: "openssl",
          version: "3.0.15-1~deb12u1",
          type: "debian",
          path: undefined,
          purl: "pkg:deb/debian/openssl@3.0.15-1~deb12u1?arch=amd64",
        },
        fix: "yes",
        fixedIn: ["3.0.17-1~deb12u3"],
        exploit: null,
        suppressed: false,
        source: "trivy",
      },
    ]);
    expect(await judge(trivyReport(trivy), { severityAtOrOver: "CRITICAL" })).toMatchObject({ verdict: "pass" });
    expect((await judge(trivyReport(trivy), { severityAtOrOver: "LOW" })).reason).toBe(
      "CVE-2026-1001 (high) in openssl and 1 more",
    );
  });

  it("is read from Grype with its other names and its exploit", async () => {
    const { findings } = await judge(grypeReport(grype));
    expect(findings).toEqual([
      expect.objectContaining({
        id: "GHSA-xxxx-yyyy-zzzz",
        aliases: ["CVE-2026-2001", "PYSEC-2026-7"],
        severity: 4,
        fix: "yes",
        fixedIn: ["2.4.1"],
        exploit: true,
        cvss: { version: "3.1", score: 8.1, vector: "CVSS:3.1/AV:N", source: "github" },
      }),
    ]);
  });

  it("of unknown severity blocks unless told otherwise", async () => {
    const report = change(cleanTrivy, "/Results/0/Vulnerabilities", [
      { VulnerabilityID: "CVE-1", PkgName: "p", Severity: "UNKNOWN" },
    ]);
    expect(await judge(trivyReport(report), { severityAtOrOver: "CRITICAL" })).toMatchObject({ verdict: "block" });
    expect(await judge(trivyReport(report), { unknownSeverity: "allow" })).toMatchObject({ verdict: "pass" });
    const other = change(cleanTrivy, "/Results/0/Vulnerabilities", [
      { VulnerabilityID: "CVE-1", PkgName: "p", Severity: "SEVERE" },
    ]);
    expect(await judge(trivyReport(other))).toMatchObject({ verdict: "block" });
  });

  it("without a fix passes when only fixable ones block; without word of one it does not", async () => {
    const withFix = (state: string) =>
      grypeReport(change(grype, "/matches/0/vulnerability/fix", { versions: [], state }));
    const only = { onlyFixable: true } as const;
    expect(await judge(withFix("fixed"), only)).toMatchObject({ verdict: "block" });
    expect(await judge(withFix("not-fixed"), only)).toMatchObject({ verdict: "pass" });
    expect(await judge(withFix("wont-fix"), only)).toMatchObject({ verdict: "pass" });
    expect(await judge(withFix("unknown"), only)).toMatchObject({ verdict: "block" });
    expect(await judge(withFix("unknown"), { ...only, unknownFix: "allow" })).toMatchObject({ verdict: "pass" });
    expect(await judge(withFix("not-fixed"))).toMatchObject({ verdict: "block" });
  });

  it("that a scanner was told to pass over counts", async () => {
    const ignored = {
      ...cleanGrype,
      ignoredMatches: grype.matches.map((match) => ({ ...match, appliedIgnoreRules: [{}] })),
    };
    expect(await judge(grypeReport(ignored))).toMatchObject({ verdict: "block", findings: [{ suppressed: true }] });
    const modified = change(cleanTrivy, "/Results/0/ExperimentalModifiedFindings", [
      {
        Type: "vulnerability",
        Status: "ignored",
        Source: ".trivyignore",
        Finding: trivy.Results[0]?.Vulnerabilities?.[0],
      },
      { Type: "secret", Status: "ignored", Finding: {} },
    ]);
    expect(await judge(trivyReport(modified))).toMatchObject({ verdict: "block", findings: [{ suppressed: true }] });
  });

  it("is allowed by id or alias, in one package, until its date", async () => {
    const allowed = (allow: object, source: ImageSource = grypeReport(grype)) =>
      judge(source, { allow: [{ id: "CVE-2026-2001", until: "2027-01-01", reason: "not reachable", ...allow }] });
    expect(await allowed({})).toMatchObject({ verdict: "pass" });
    expect(await allowed({ id: "GHSA-xxxx-yyyy-zzzz" })).toMatchObject({ verdict: "pass" });
    expect(await allowed({ package: "requests" })).toMatchObject({ verdict: "pass" });
    expect(await allowed({ package: "urllib3" })).toMatchObject({ verdict: "block" });
    expect(await allowed({ id: "CVE-2026-9999" })).toMatchObject({ verdict: "block" });
    expect(await allowed({ until: "2026-11-23" })).toMatchObject({ verdict: "block" });
    expect(await allowed({ until: new Date(now + 1) })).toMatchObject({ verdict: "pass" });
  });
});

describe("no verdict, which blocks", () => {
  const truncated = bytes(trivy).slice(0, 700);
  const cases: readonly (readonly [string, ImageSource])[] = [
    ["an empty file", trivyReport(new Uint8Array())],
    ["an empty object", trivyReport({})],
    ["an empty Grype object", grypeReport({})],
    ["a truncated report", trivyReport(truncated)],
    ["a list", trivyReport(bytes([trivy]))],
    ["bytes that are not UTF-8", trivyReport(new Uint8Array([0x7b, 0xff, 0x7d]))],
    [
      "a member named twice",
      trivyReport(new TextEncoder().encode(JSON.stringify(cleanTrivy).replace("{", '{"Results":[],'))),
    ],
    ["another schema", trivyReport({ ...cleanTrivy, SchemaVersion: 1 })],
    ["a report about a file system", trivyReport({ ...cleanTrivy, ArtifactType: "filesystem" })],
    ["no results at all", trivyReport(change(cleanTrivy, "/Results", undefined))],
    ["no results about packages", trivyReport({ ...cleanTrivy, Results: [{ Target: "x", Class: "secret" }] })],
    ["no date", trivyReport(change(cleanTrivy, "/CreatedAt", undefined))],
    ["a date that is none", trivyReport(change(cleanTrivy, "/CreatedAt", "yesterday"))],
    ["a stale report", trivyReport(change(cleanTrivy, "/CreatedAt", "2026-11-20T11:59:59Z"))],
    ["a report from the future", trivyReport(change(cleanTrivy, "/CreatedAt", "2026-11-23T12:06:00Z"))],
    [
      "a vulnerability without an id",
      trivyReport(change(cleanTrivy, "/Results/0/Vulnerabilities", [{ PkgName: "p", Severity: "LOW" }])),
    ],
    ["vulnerabilities that are no list", trivyReport(change(cleanTrivy, "/Results/0/Vulnerabilities", { length: 0 }))],
    [
      "a report about another image",
      trivyReport(change(cleanTrivy, "/Metadata/RepoDigests", [`${repository}@${index}`])),
    ],
    ["a report that knows its image by tag only", trivyReport(change(cleanTrivy, "/Metadata/RepoDigests", undefined))],
    ["a Trivy report given as Grype's", grypeReport(trivy)],
    ["a Grype report given as Trivy's", trivyReport(grype)],
    ["a Grype report about a directory", grypeReport(change(cleanGrype, "/source/type", "directory"))],
    ["a Grype report without matches", grypeReport(change(cleanGrype, "/matches", undefined))],
    [
      "a Grype report with a broken match",
      grypeReport({ ...cleanGrype, matches: [{ vulnerability: { id: "CVE-1" } }] }),
    ],
    [
      "a Grype report with an old database",
      grypeReport(change(cleanGrype, "/descriptor/db/status/built", "2026-11-01T00:00:00Z")),
    ],
    ["a Grype report that hides its database", grypeReport(change(cleanGrype, "/descriptor/db", undefined))],
    [
      "a Grype report that leaves findings out",
      grypeReport(change(cleanGrype, "/descriptor/configuration/only-notfixed", true)),
    ],
    ["a file that is not there", trivyReport("/nonexistent/trivy.json")],
    ["a source that fails", { scan: () => Promise.reject(new Error("down")) }],
  ];

  it.each(cases)("%s", async (_, source) => {
    expect(await judge(source)).toMatchObject({
      verdict: "none",
      findings: [],
      reason: expect.stringMatching(/\w/) as string,
    });
    expect(await judge([source, grypeReport(cleanGrype)])).toMatchObject({
      verdict:
        (await source.scan({ text: image } as never, digest).catch(() => ({ kind: "none" }))).kind === "other"
          ? "pass"
          : "none",
    });
    expect(await judge(source, { noVerdict: "allow" })).toMatchObject({ verdict: "pass" });
  });
});

describe("a reference", () => {
  const tagged = `${repository}:2026-11-22`;

  it("by tag is refused where nothing resolves it, whatever noVerdict says", async () => {
    expect(await judge(trivyReport(cleanTrivy), { noVerdict: "allow" }, tagged)).toMatchObject({
      verdict: "block",
      reason: expect.stringContaining("no digest") as string,
    });
  });

  it("by tag is judged by the digest it leads to", async () => {
    const resolving: ImageSource = { ...trivyReport(cleanTrivy), resolve: () => Promise.resolve(digest) };
    expect(await judge(resolving, {}, tagged)).toMatchObject({ verdict: "pass", digest, image: tagged });
    const moved: ImageSource = { ...trivyReport(cleanTrivy), resolve: () => Promise.resolve(index) };
    expect(await judge(moved, {}, tagged)).toMatchObject({ verdict: "none" });
    const failing: ImageSource = { ...trivyReport(cleanTrivy), resolve: () => Promise.reject(new Error("down")) };
    expect(await judge(failing, {}, tagged)).toMatchObject({ verdict: "block" });
  });

  it("by tag matches a report made from that tag only where no digest is required", async () => {
    expect(await judge(trivyReport(cleanTrivy), { requireDigest: false }, tagged)).toMatchObject({ verdict: "pass" });
    expect(await judge(trivyReport(cleanTrivy), { requireDigest: false }, `${repository}:latest`)).toMatchObject({
      verdict: "none",
    });
  });

  it.each([
    "",
    "churn",
    "churn:latest",
    `${repository}@sha256:123`,
    `${repository}@${digest}@${digest}`,
    `${repository}@${digest.toUpperCase()}`,
    "a b/c@d",
  ])("that cannot be read is refused: %j", async (name) => {
    expect(await judge(trivyReport(cleanTrivy), { noVerdict: "allow" }, name)).toMatchObject({ verdict: "block" });
  });
});

describe("a report's file", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "countersign-guard-"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it("is read anew for each image", async () => {
    const path = join(folder, "trivy.json");
    await writeFile(path, JSON.stringify(cleanTrivy));
    const gate = imageGate({ source: trivyReport(path), clock, maxScanAgeHours: 72 });
    expect(await gate.judge(image)).toMatchObject({ verdict: "pass" });
    await writeFile(path, JSON.stringify(trivy));
    expect(await gate.judge(image)).toMatchObject({ verdict: "block" });
  });
});

describe("options of the gate", () => {
  it("are checked when it is made", () => {
    const source = trivyReport(trivy);
    const made = (options: object) => () => imageGate({ source, ...options });
    expect(made({ source: [] })).toThrow(GuardError);
    expect(made({ source: "trivy.json" })).toThrow(/source must be one of/);
    expect(made({ severityAtOrOver: "SEVERE" })).toThrow(/severityAtOrOver is "SEVERE"/);
    expect(made({ noVerdict: "pass" })).toThrow(/noVerdict/);
    expect(made({ maxScanAgeHours: 0 })).toThrow(/maxScanAgeHours is 0/);
    expect(made({ maxScanAgeHours: Number.NaN })).toThrow(/maxScanAgeHours/);
    expect(made({ allow: [{ id: "CVE-1", until: "2027-01-01", reason: "" }] })).toThrow(/allow\[0\].reason/);
    expect(made({ allow: [{ id: "CVE-1", until: "later", reason: "r" }] })).toThrow(/allow\[0\].until/);
    expect(made({ allow: [{ id: "", until: "2027-01-01", reason: "r" }] })).toThrow(/allow\[0\].id/);
  });
});
