import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClock } from "@countersign/signer";
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

const clock = createClock({ wall: () => now });
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
    // An advisory that covers several vulnerabilities is not allowed by one of them.
    const [match] = grype.matches;
    const relatedVulnerabilities = [...(match?.relatedVulnerabilities ?? []), { id: "CVE-2026-2002" }];
    const covering = grypeReport({ ...grype, matches: [{ ...match, relatedVulnerabilities }] });
    expect(await allowed({}, covering)).toMatchObject({ verdict: "block" });
    expect(await allowed({ id: "GHSA-xxxx-yyyy-zzzz" }, covering)).toMatchObject({ verdict: "pass" });
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
    [
      "a result of a class that no release of Trivy has",
      trivyReport({ ...cleanTrivy, Results: [...cleanTrivy.Results, { Target: "y", Class: "newclass" }] }),
    ],
    ["a result without a class", trivyReport({ ...cleanTrivy, Results: [...cleanTrivy.Results, { Target: "y" }] })],
    [
      "vulnerabilities in lower case",
      trivyReport({
        ...cleanTrivy,
        Results: [{ Class: "os-pkgs", vulnerabilities: [{ VulnerabilityID: "C", Severity: "CRITICAL" }] }],
      }),
    ],
    ["results in lower case beside Results", trivyReport({ ...cleanTrivy, results: trivy.Results })],
    [
      "vulnerabilities in a result about configuration",
      trivyReport({
        ...cleanTrivy,
        Results: [...cleanTrivy.Results, { Class: "config", Vulnerabilities: [{ VulnerabilityID: "C" }] }],
      }),
    ],
    ["no date", trivyReport(change(cleanTrivy, "/CreatedAt", undefined))],
    ["an invalid date", trivyReport(change(cleanTrivy, "/CreatedAt", "yesterday"))],
    ["a stale report", trivyReport(change(cleanTrivy, "/CreatedAt", "2026-11-20T11:59:59Z"))],
    ["a report from the future", trivyReport(change(cleanTrivy, "/CreatedAt", "2026-11-23T12:06:00Z"))],
    [
      "a vulnerability without an id",
      trivyReport(change(cleanTrivy, "/Results/0/Vulnerabilities", [{ PkgName: "p", Severity: "LOW" }])),
    ],
    [
      "an object in place of vulnerabilities",
      trivyReport(change(cleanTrivy, "/Results/0/Vulnerabilities", { length: 0 })),
    ],
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

const unsupportedOs = change(
  { ...cleanTrivy, Results: [{ Target: "Python", Class: "lang-pkgs", Type: "python-pkg" }] },
  "/Metadata/OS",
  { Family: "fedora", Name: "40" },
);
const withRules = (changes: object, ignore: readonly object[], report: object = {}) =>
  grypeReport({
    ...cleanGrype,
    descriptor: { ...cleanGrype.descriptor, configuration: { ignore, ...changes } },
    ...report,
  });
const kernelRule = {
  vulnerability: "",
  reason: "",
  "include-aliases": false,
  package: { name: "linux-kbuild-.*", type: "deb", "upstream-name": "linux.*", version: "" },
  "match-type": "exact-indirect-match",
};
const ignoredBy = (...appliedIgnoreRules: readonly object[]) => ({
  ignoredMatches: grype.matches.map((match) => ({ ...match, appliedIgnoreRules })),
});
const alert = (type: string) => ({
  alertsByPackage: [{ package: { name: "bash" }, alerts: [{ type, message: "…" }] }],
});
const userRule = { vulnerability: "CVE-2026-0002" };

describe("a report whose scanner did not see everything is no verdict", () => {
  it.each<readonly [string, ImageSource, string]>([
    ["Trivy: an operating system without packages", trivyReport(unsupportedOs), "os-packages-not-scanned"],
    [
      "Trivy: a distribution without updates",
      trivyReport(change(cleanTrivy, "/Metadata/OS/EOSL", true)),
      "end-of-life-distribution",
    ],
    ["Grype: by-cve, and a user's rule", withRules({ "by-cve": true }, [userRule]), "ignored-not-listed"],
    [
      "Grype: by-cve, and ignored states",
      withRules({ "by-cve": true }, [{ "fix-state": "wont-fix" }]),
      "ignored-not-listed",
    ],
    ["Grype: excluded paths", withRules({ exclude: ["/opt/**"] }, []), "paths-excluded"],
    ["Grype: closed archives", withRules({ search: { "indexed-archives": false } }, []), "archives-not-scanned"],
    ["Grype: another distribution", withRules({ distro: "debian:11" }, []), "distribution-overridden"],
    ["Grype: only fixed", withRules({ "only-fixed": true }, []), "findings-filtered"],
    [
      "Grype: an invalid database",
      grypeReport(change(cleanGrype, "/descriptor/db/status/valid", false)),
      "database-invalid",
    ],
    [
      "Grype: a broken database",
      grypeReport(change(cleanGrype, "/descriptor/db/status/error", "checksum")),
      "database-invalid",
    ],
    ["Grype: a distribution at its end of life", withRules({}, [], alert("distro-eol")), "end-of-life-distribution"],
    ["Grype: a distribution without data", withRules({}, [], alert("distro-disabled")), "unsupported-distribution"],
    ["Grype: an alert that is new", withRules({}, [], alert("other")), "unsupported-distribution"],
    [
      "Grype: Arch Linux, before alerts",
      grypeReport(change(cleanGrype, "/distro/name", "arch")),
      "unsupported-distribution",
    ],
  ])("%s", async (_, source, rule) => {
    const verdict = await judge(source);
    expect(verdict).toMatchObject({ verdict: "none", reason: expect.stringContaining(`(${rule})`) as string });
    expect(verdict.coverage?.[0]?.gaps.map((found) => found.rule)).toContain(rule);
    const allow = (coverage: string, until: string) =>
      judge(source, { allow: [{ coverage: coverage as "paths-excluded", until, reason: "base image of 2024" }] });
    expect(await allow(rule, "2027-01-01")).toMatchObject({ verdict: "pass" });
    expect(await allow(rule, "2026-11-23")).toMatchObject({ verdict: "none" });
    const other = rule === "paths-excluded" ? "database-invalid" : "paths-excluded";
    expect(await allow(other, "2027-01-01")).toMatchObject({ verdict: "none" });
  });

  it("but one whose scanner saw all there is to see is", async () => {
    for (const source of [
      trivyReport(change(unsupportedOs, "/Metadata/OS", undefined)),
      withRules({ "by-cve": true }, [kernelRule]),
      withRules({ "by-cve": true }, [userRule], { ignoredMatches: [] }),
      withRules({ exclude: [], distro: "" }, []),
    ])
      expect(await judge(source)).toMatchObject({ verdict: "pass" });
    const [coverage] = (await judge(grypeReport(cleanGrype))).coverage ?? [];
    expect(coverage).toMatchObject({ scanner: "grype", version: "0.98.0", distribution: "debian 12", gaps: [] });
  });
});

describe("a match that Grype ignored", () => {
  const fixed = { vulnerability: "CVE-2026-2001", reason: "DistroPackageFixed", "include-aliases": true };
  it.each<readonly [string, ImageSource, string]>([
    ["by its own rule for kernel headers", withRules({}, [kernelRule], ignoredBy(kernelRule)), "pass"],
    ["because the distribution fixed it", withRules({}, [], ignoredBy(fixed)), "pass"],
    ["by its own rule and a user's", withRules({}, [kernelRule, userRule], ignoredBy(userRule, kernelRule)), "pass"],
    ["by a user's rule", withRules({}, [userRule], ignoredBy(userRule)), "block"],
    ["by a rule of the user's with Grype's reason", withRules({}, [fixed], ignoredBy(fixed)), "block"],
    [
      "by a user's rule that names one field more",
      withRules({}, [], ignoredBy({ ...kernelRule, vulnerability: "CVE-2026-2001" })),
      "block",
    ],
    [
      "by the kernel rule, which the configuration switched off",
      withRules({ "match-upstream-kernel-headers": true }, [kernelRule], ignoredBy(kernelRule)),
      "block",
    ],
    ["by VEX", withRules({}, [], ignoredBy({ "vex-status": "not_affected" })), "block"],
    ["by no rule that it names", withRules({}, [], ignoredBy()), "block"],
    [
      "and does not say how it was configured",
      grypeReport({ ...change(cleanGrype, "/descriptor/configuration", undefined), ...ignoredBy(fixed) }),
      "block",
    ],
  ])("%s: %s", async (_, source, verdict) => {
    expect(await judge(source)).toMatchObject({ verdict });
  });
});

describe("an allowance of a package", () => {
  it("covers all vulnerabilities of that package, and of no other", async () => {
    const allow = (name: string) => [{ package: name, until: "2027-01-01", reason: "replaced next month" }];
    expect(await judge(trivyReport(trivy), { allow: allow("openssl") })).toMatchObject({ verdict: "pass" });
    expect(await judge(trivyReport(trivy), { allow: allow("openss") })).toMatchObject({ verdict: "block" });
  });
});

describe("a reference", () => {
  const tagged = `${repository}:2026-11-22`;

  it("by tag is refused, whatever noVerdict says", async () => {
    expect(await judge(trivyReport(cleanTrivy), { noVerdict: "allow" }, tagged)).toMatchObject({
      verdict: "block",
      reason: expect.stringContaining("a tag may move") as string,
    });
  });

  it("by tag is judged by the digest it leads to", async () => {
    const resolving: ImageSource = { ...trivyReport(cleanTrivy), resolve: () => Promise.resolve(digest) };
    expect(await judge(resolving, { requireDigest: "resolve" }, tagged)).toMatchObject({
      verdict: "pass",
      digest,
      image: tagged,
    });
    const moved: ImageSource = { ...trivyReport(cleanTrivy), resolve: () => Promise.resolve(index) };
    expect(await judge(moved, { requireDigest: "resolve" }, tagged)).toMatchObject({ verdict: "none" });
    const failing: ImageSource = { ...trivyReport(cleanTrivy), resolve: () => Promise.reject(new Error("down")) };
    expect(await judge(failing, { requireDigest: "resolve" }, tagged)).toMatchObject({ verdict: "block" });
    expect(await judge(resolving, {}, tagged)).toMatchObject({
      verdict: "block",
      digest,
      fix: expect.stringContaining(`Name ${repository}@${digest}`) as string,
    });
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

  it("is read once for all images: 51 MB for 40 of them", async () => {
    const path = join(folder, "large.json");
    const filler = Array.from({ length: 51_000 }, (_, index) => ({ Name: `p${index}`, Text: "x".repeat(1_000) }));
    await writeFile(path, JSON.stringify({ ...cleanTrivy, Filler: filler }));
    const gate = imageGate({ source: trivyReport(path), clock, maxScanAgeHours: 72 });
    const time = async (work: () => Promise<unknown>) => {
      const start = process.cpuUsage();
      await work();
      const { user, system } = process.cpuUsage(start);
      return user + system;
    };
    const once = await time(() => gate.judge(image));
    const others = await time(() =>
      Promise.all(Array.from({ length: 39 }, (_, index) => gate.judge(`${repository}-${index}@${digest}`))),
    );
    expect(others).toBeLessThan(once);
  });

  it("that could not be read is asked for again", async () => {
    const path = join(folder, "later.json");
    const gate = imageGate({ source: trivyReport(path), clock, maxScanAgeHours: 72 });
    expect(await gate.judge(image)).toMatchObject({ verdict: "none" });
    await writeFile(path, JSON.stringify(cleanTrivy));
    expect(await gate.judge(image)).toMatchObject({ verdict: "pass" });
  });

  it("is read anew when a scanner wrote it again", async () => {
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
    expect(made({ source: "trivy.json" })).toThrow(/^source: must be one of/);
    expect(made({ severityAtOrOver: "SEVERE" })).toThrow(/^severityAtOrOver: must be "LOW"/);
    expect(made({ noVerdict: "pass" })).toThrow(/noVerdict/);
    expect(made({ maxScanAgeHours: 0 })).toThrow(/^maxScanAgeHours: must be a number of hours above 0/);
    expect(made({ maxScanAgeHours: Number.NaN })).toThrow(/maxScanAgeHours/);
    expect(made({ allow: [{ id: "CVE-1", until: "2027-01-01", reason: "" }] })).toThrow(/^allow\[0\].reason: must/);
    expect(made({ allow: [{ id: "CVE-1", until: "later", reason: "r" }] })).toThrow(/^allow\[0\].until: must/);
    expect(made({ allow: [{ id: "", until: "2027-01-01", reason: "r" }] })).toThrow(/^allow\[0\].id: must/);
  });
});
