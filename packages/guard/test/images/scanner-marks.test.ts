import { createClock } from "@countersign/signer";
import { describe, expect, it } from "vitest";
import {
  type ImageGateOptions,
  type ImageSource,
  ecrFindings,
  grypeReport,
  imageGate,
  trivyReport,
} from "../../src/index.ts";
import { change } from "../bodies.ts";
import { cleanGrype, cleanTrivy, digest, grype, image, index, now, repository, trivy } from "./reports.ts";

/** What the sources of the scanners know of a scan that did not see everything. docs/container-scan.md has the same as a table. */
const clock = createClock({ wall: () => now });
const judge = (source: ImageSource, options: Partial<ImageGateOptions> = {}, name = image) =>
  imageGate({ source, clock, maxScanAgeHours: 72, ...options }).judge(name);

const packages = [{ Name: "zlib1g", Version: "1.2.13", Repository: { Class: "official" } }];
/** A report that lists packages, as Trivy does by default. */
const listing = {
  ...cleanTrivy,
  Results: [
    { Target: "os", Class: "os-pkgs", Type: "debian", Packages: packages },
    { Target: "Python", Class: "lang-pkgs", Type: "python-pkg", Packages: [{ Name: "requests" }] },
  ],
};
const inTrivy = (pointer: string, value: unknown, report: Record<string, unknown> = listing) =>
  trivyReport(change(report, pointer, value));
const inGrype = (pointer: string, value: unknown) => grypeReport(change(cleanGrype, pointer, value));
const configured = (configuration: object) => inGrype("/descriptor/configuration", configuration);
const alma = change(listing, "/Metadata/OS", { Family: "alma", Name: "9.4" });

describe("a mark of a scan that did not see everything", () => {
  it.each<readonly [string, ImageSource, string]>([
    [
      "Trivy: packages, and no operating system",
      inTrivy("/Metadata/OS", { Family: "none" }, { ...listing, Results: listing.Results.slice(1) }),
      "distribution-unknown",
    ],
    [
      "Trivy: an operating system whose list of packages is gone",
      inTrivy("/Results/0/Packages", undefined),
      "os-packages-not-scanned",
    ],
    ["Trivy: the same as an empty list", inTrivy("/Results/0/Packages", []), "os-packages-not-scanned"],
    [
      "Trivy: CoreOS, of which it has no data",
      inTrivy("/Metadata/OS", { Family: "coreos", Name: "2" }),
      "unsupported-distribution",
    ],
    ...["CoreOS", "windows", "Debian", "fedora", "nixos"].map((Family): readonly [string, ImageSource, string] => [
      `Trivy: ${Family}, a distribution that it has no data about`,
      inTrivy("/Metadata/OS", { Family, Name: "1" }),
      "unsupported-distribution",
    ]),
    ["Trivy: packages of a system without a name", inTrivy("/Metadata/OS", {}), "distribution-unknown"],
    [
      "Trivy: packages of a system without a version",
      inTrivy("/Metadata/OS", { Family: "debian" }),
      "distribution-unknown",
    ],
    [
      "Trivy: another operating system",
      inTrivy("/Metadata/ImageConfig", { architecture: "amd64", os: "windows" }),
      "other-platform",
    ],
    ...["windows", "void", "Debian", "unknown"].map((name): readonly [string, ImageSource, string] => [
      `Grype: ${name}, a distribution that it has no data about`,
      inGrype("/distro", { name, version: "1" }),
      "unsupported-distribution",
    ]),
    ["Grype: another operating system", inGrype("/source/target/os", "windows"), "other-platform"],
    [
      "Grype: VEX documents whose matches are not listed",
      configured({ "by-cve": true, "vex-documents": ["vex.json"] }),
      "ignored-not-listed",
    ],
    [
      "Grype: ignored fix states whose matches are not listed",
      configured({ "by-cve": true, "ignore-wontfix": "wont-fix" }),
      "ignored-not-listed",
    ],
    ["Trivy: packages of conda", inTrivy("/Results/1/Type", "conda-pkg"), "packages-not-compared"],
    ["Trivy: an environment of conda", inTrivy("/Results/1/Type", "conda-environment"), "packages-not-compared"],
    ["Trivy: packages of a type that is new", inTrivy("/Results/1/Type", "zig"), "packages-not-compared"],
    [
      "Trivy: packages of a third party's repository",
      inTrivy("/Results/0/Packages/0/Repository/Class", "third-party"),
      "packages-not-compared",
    ],
    [
      "Trivy: modular packages of AlmaLinux without a label",
      inTrivy("/Results/0/Packages/0/Release", "9.module_el8.3.0", alma),
      "packages-not-compared",
    ],
    [
      "Trivy: an image of another platform",
      inTrivy("/Metadata/ImageConfig", { architecture: "arm64" }),
      "other-platform",
    ],
    ["Grype: no distribution", inGrype("/distro", { name: "", version: "", idLike: null }), "distribution-unknown"],
    ["Grype: no member for the distribution", inGrype("/distro", undefined), "distribution-unknown"],
    ["Grype: a distribution without a version", inGrype("/distro/version", ""), "distribution-unknown"],
    ["Grype: no alerts", configured({ alerts: { "enable-eol-distro-warnings": false } }), "alerts-off"],
    ["Grype: no matching by CPE", configured({ match: { stock: { "using-cpes": false } } }), "matching-limited"],
    ["Grype: none for Java's machine", configured({ match: { jvm: { "using-cpes": false } } }), "matching-limited"],
  ])("%s", async (_, source, rule) => {
    const verdict = await judge(source);
    expect(verdict).toMatchObject({ verdict: "none", reason: expect.stringContaining(`(${rule})`) as string });
    const allow = [{ coverage: rule as "alerts-off", until: "2027-01-01", reason: "seen by hand" }];
    expect(await judge(source, { allow })).toMatchObject({ verdict: "pass" });
  });

  it("is not in a report of a scan that saw everything", async () => {
    for (const source of [
      trivyReport(listing),
      inTrivy("/Metadata/OS", { Family: "activestate", Name: "1" }, { ...listing, Results: listing.Results.slice(1) }),
      inTrivy(
        "/Results/0/Packages/0/Modularitylabel",
        "nginx:1.14",
        change(alma, "/Results/0/Packages/0/Release", "9.module_el8"),
      ),
      inTrivy("/Results/0/Packages/0/Repository/Class", "third-party", change(listing, "/Metadata/OS/Family", "echo")),
      inTrivy("/Metadata/ImageConfig", { architecture: "amd64", os: "linux" }),
      configured({
        alerts: { "enable-eol-distro-warnings": true },
        match: { stock: { "using-cpes": true } },
        platform: "",
      }),
    ])
      expect(await judge(source)).toMatchObject({ verdict: "pass" });
  });

  it("Grype: the digest of an index is not that of another platform's image", async () => {
    for (const arm of [
      change(cleanGrype, "/source/target/architecture", "arm64"),
      change(cleanGrype, "/descriptor/configuration/platform", "linux/arm64"),
    ]) {
      expect(await judge(grypeReport(arm))).toMatchObject({ verdict: "pass" });
      expect(await judge(grypeReport(arm), {}, `${repository}@${index}`)).toMatchObject({ verdict: "none" });
    }
  });
});

describe("a member in another case than its scanner writes is no verdict", () => {
  const rename = (report: Record<string, unknown>, from: string, to: string): Record<string, unknown> =>
    JSON.parse(JSON.stringify(report).replaceAll(`"${from}":`, `"${to}":`)) as Record<string, unknown>;

  it.each([
    "matches",
    "ignoredMatches",
    "alertsByPackage",
    "descriptor",
    "configuration",
    "only-fixed",
    "severity",
    "distro",
  ])("Grype: %s", async (name) => {
    const full = {
      ...grype,
      ignoredMatches: [],
      alertsByPackage: [],
      descriptor: { ...grype.descriptor, configuration: { "only-fixed": true } },
    };
    const stray = rename(full, name, `${name[0]?.toUpperCase() ?? ""}${name.slice(1)}`);
    expect(await judge(grypeReport(stray))).toMatchObject({ verdict: "none" });
    // Beside the right one, too.
    expect(await judge(grypeReport({ ...cleanGrype, IgnoredMatches: grype.matches }))).toMatchObject({
      verdict: "none",
    });
  });

  it.each(["Results", "Class", "Vulnerabilities", "Severity", "OS", "EOSL", "Metadata", "Packages"])(
    "Trivy: %s",
    async (name) => {
      const full = change(
        { ...trivy, Results: [{ ...trivy.Results[0], Packages: packages }] },
        "/Metadata/OS/EOSL",
        false,
      );
      expect(await judge(trivyReport(rename(full, name, name.toLowerCase())))).toMatchObject({ verdict: "none" });
    },
  );

  it.each([
    "imageScanFindings",
    "imageScanStatus",
    "findings",
    "enhancedFindings",
    "findingSeverityCounts",
    "nextToken",
  ])("ECR: %s", async (name) => {
    const answer = {
      imageId: { imageDigest: digest },
      imageScanStatus: { status: "COMPLETE" },
      imageScanFindings: {
        imageScanCompletedAt: now / 1_000 - 60,
        findingSeverityCounts: {},
        findings: [],
        enhancedFindings: [],
      },
      nextToken: "a",
    };
    const stray = rename(answer, name, `${name[0]?.toUpperCase() ?? ""}${name.slice(1)}`);
    expect(await judge(ecr(stray))).toMatchObject({ verdict: "none" });
  });

  it("but members that no reader reads may be in any case", async () => {
    expect(await judge(grypeReport({ ...cleanGrype, Extra: 1 }))).toMatchObject({ verdict: "pass" });
    expect(await judge(trivyReport({ ...listing, extra: [{ os: 1 }] }))).toMatchObject({ verdict: "pass" });
  });
});

describe("a gate that cannot judge refuses: a member of another type than its scanner writes is no verdict", () => {
  const configuration = "/descriptor/configuration";
  it.each([
    ["/alertsByPackage", { alerts: [{ type: "distro-eol" }] }],
    ["/alertsByPackage", [[{ alerts: [{ type: "distro-eol" }] }]]],
    ["/alertsByPackage", [{ alerts: { type: "distro-eol" } }]],
    ["/ignoredMatches", ["CVE-2026-1001"]],
    [configuration, ["only-fixed"]],
    [configuration, "only-fixed"],
    [`${configuration}/only-fixed`, "true"],
    [`${configuration}/only-notfixed`, 1],
    [`${configuration}/by-cve`, "true"],
    [`${configuration}/ignore`, { vulnerability: "CVE-2026-1001" }],
    [`${configuration}/search`, { "indexed-archives": "false" }],
    [`${configuration}/alerts`, { "enable-eol-distro-warnings": 0 }],
    [`${configuration}/match`, { stock: { "using-cpes": "false" } }],
    [`${configuration}/platform`, ["linux/arm64"]],
    ["/descriptor/db/status", { built: grype.descriptor.timestamp, valid: "false" }],
    ["/source/target/architecture", ["arm64"]],
  ])("Grype: %s %j", async (pointer, value) => {
    expect(await judge(inGrype(pointer, value))).toMatchObject({
      verdict: "none",
      reason: expect.stringContaining("of another type than Grype") as string,
    });
  });

  it.each([
    ["/Metadata/OS", "coreos"],
    ["/Metadata/OS/Family", ["coreos"]],
    ["/Metadata/ImageConfig", "arm64"],
    ["/Results/0/Packages", { Repository: { Class: "third-party" } }],
    ["/Results/0/Packages/0/Repository", "third-party"],
    ["/Results/0/Vulnerabilities", [[trivy.Results[0]?.Vulnerabilities]]],
    ["/Results/0/ExperimentalModifiedFindings", ["CVE-2026-1001"]],
  ])("Trivy: %s %j", async (pointer, value) => {
    expect(await judge(inTrivy(pointer, value))).toMatchObject({
      verdict: "none",
      reason: expect.stringContaining("of another type than Trivy") as string,
    });
  });

  it.each(["Vulnerability", "exception", undefined])("Trivy: a modified finding of the type %s", async (Type) => {
    const finding = { Type, Finding: { VulnerabilityID: "CVE-2026-1001", PkgName: "a", Severity: "CRITICAL" } };
    const source = inTrivy("/Results/0/ExperimentalModifiedFindings", [finding]);
    expect(await judge(source)).toMatchObject({ verdict: "none" });
  });

  const open = { VulnerabilityID: "CVE-2026-1001", PkgName: "openssl", Status: "fixed", Severity: "CRITICAL" };
  it.each<[string, object, Partial<ImageGateOptions>]>([
    ["severity", { Severity: ["CRITICAL"] }, { unknownSeverity: "allow" }],
    ["fix", { Status: ["fixed"] }, { onlyFixable: true, unknownFix: "allow" }],
    ["fix as a number", { Status: 3 }, { onlyFixable: true }],
    ["version with the fix", { Status: undefined, FixedVersion: ["2"] }, { onlyFixable: true }],
    ["version with a fix that is not there", { Status: "affected", FixedVersion: ["2"] }, { onlyFixable: true }],
    ["ids of an advisory", { VendorIDs: "DSA-1" }, {}],
    ["package", { PkgName: 1 }, {}],
  ])("Trivy: the %s of a vulnerability, whatever the gate allows", async (_, change, options) => {
    const source = inTrivy("/Results/0/Vulnerabilities", [{ ...open, ...change }]);
    expect(await judge(source, options)).toMatchObject({ verdict: "none" });
  });

  const matched = { ...grype.matches[0] };
  const allow = [{ id: "CVE-2026-2001", until: "2027-01-01", reason: "seen by hand" }];
  it.each<[string, string, unknown, Partial<ImageGateOptions>]>([
    ["severity", "/vulnerability/severity", { name: "High" }, { unknownSeverity: "allow" }],
    ["fix", "/vulnerability/fix/state", ["fixed"], { onlyFixable: true, unknownFix: "allow" }],
    ["related ids", "/relatedVulnerabilities", [{ id: "CVE-2026-2001" }, { id: ["CVE-2026-2002"] }], { allow }],
    ["advisories", "/vulnerability/advisories", [{ id: 1 }], {}],
  ])("Grype: the %s of a match, whatever the gate allows", async (_, pointer, value, options) => {
    const source = grypeReport({ ...cleanGrype, matches: [change(matched, pointer, value)] });
    expect(await judge(source, options)).toMatchObject({ verdict: "none" });
    const ignored = grypeReport({ ...cleanGrype, ignoredMatches: [change(matched, pointer, value)] });
    expect(await judge(ignored, options)).toMatchObject({ verdict: "none" });
  });

  it.each([
    ["vex-documents", {}],
    ["ignore-wontfix", []],
  ])("Grype: %s, which hide matches", async (name, value) => {
    expect(await judge(configured({ "by-cve": true, [name]: value }))).toMatchObject({ verdict: "none" });
  });

  it.each<[string, object, Partial<ImageGateOptions>]>([
    ["a date of the data", { vulnerabilitySourceUpdatedAt: "a year ago" }, {}],
    ["a severity", { findings: [{ name: "CVE-1", severity: ["CRITICAL"] }] }, { unknownSeverity: "allow" }],
    [
      "a version with the fix",
      { findings: [{ name: "CVE-1", severity: "CRITICAL", attributes: [{ key: "patched_version", value: 2 }] }] },
      { onlyFixable: true, unknownFix: "allow" },
    ],
    [
      "a fix",
      { enhancedFindings: [{ title: "CVE-1", severity: "CRITICAL", fixAvailable: true }] },
      { onlyFixable: true, unknownFix: "allow" },
    ],
    [
      "a related id",
      {
        enhancedFindings: [
          {
            severity: "CRITICAL",
            packageVulnerabilityDetails: {
              vulnerabilityId: "ALAS-1",
              relatedVulnerabilities: ["CVE-2026-2001", ["CVE-2026-2002"]],
            },
          },
        ],
      },
      { allow },
    ],
  ])("ECR: %s, whatever the gate allows", async (_, found, options) => {
    const imageScanFindings = { imageScanCompletedAt: now / 1_000 - 60, ...found };
    const answer = { imageId: { imageDigest: digest }, imageScanStatus: { status: "ACTIVE" }, imageScanFindings };
    expect(await judge(ecr(answer), options)).toMatchObject({ verdict: "none" });
  });

  it("ECR: a list that is an object", async () => {
    const imageScanFindings = { imageScanCompletedAt: now / 1_000 - 60, enhancedFindings: { 0: { title: "a" } } };
    const answer = { imageId: { imageDigest: digest }, imageScanStatus: { status: "ACTIVE" }, imageScanFindings };
    expect(await judge(ecr(answer))).toMatchObject({ verdict: "none" });
  });

  it("but null is absent, as Go writes it", async () => {
    const absent = { ignore: null, search: null, match: { stock: null } };
    expect(await judge(configured(absent))).toMatchObject({ verdict: "pass" });
    expect(await judge(inTrivy("/Results/0/Vulnerabilities", null))).toMatchObject({ verdict: "pass" });
  });
});

const ecr = (answer: object): ImageSource =>
  ecrFindings({
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "not-a-real-secret-key" },
    fetch: () => Promise.resolve(Response.json(answer)),
  });

describe("the states of a scan in ECR", () => {
  const of = (status: string) =>
    judge(
      ecr({
        imageId: { imageDigest: digest },
        imageScanStatus: { status },
        imageScanFindings: { imageScanCompletedAt: now / 1_000 - 60, findingSeverityCounts: {}, findings: [] },
      }),
    );

  it.each([
    "IN_PROGRESS",
    "FAILED",
    "UNSUPPORTED_IMAGE",
    "PENDING",
    "SCAN_ELIGIBILITY_EXPIRED",
    "FINDINGS_UNAVAILABLE",
    "LIMIT_EXCEEDED",
    "IMAGE_ARCHIVED",
  ])("%s is no verdict", async (status) => {
    expect(await of(status)).toMatchObject({ verdict: "none", reason: expect.stringContaining(status) as string });
  });

  it.each(["COMPLETE", "ACTIVE"])("%s is one", async (status) => {
    expect(await of(status)).toMatchObject({ verdict: "pass" });
  });

  it.each(["ScanNotFoundException", "ImageNotFoundException", "LimitExceededException"])(
    "the error %s is no verdict",
    async (name) => {
      const source = ecrFindings({
        region: "eu-west-1",
        credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "not-a-real-secret-key" },
        fetch: () => Promise.resolve(Response.json({ __type: name }, { status: 400 })),
      });
      expect(await judge(source)).toMatchObject({ verdict: "none" });
    },
  );

  it.each(["UNDEFINED", "UNTRIAGED"])("a severity of %s may be critical", async (severity) => {
    const found = { imageScanCompletedAt: now / 1_000 - 60, findings: [{ name: "CVE-1", severity }] };
    const answer = {
      imageId: { imageDigest: digest },
      imageScanStatus: { status: "COMPLETE" },
      imageScanFindings: found,
    };
    expect(await judge(ecr(answer))).toMatchObject({ verdict: "block" });
  });
});

describe("a report of another scanner is no verdict", () => {
  it.each<readonly [string, Record<string, unknown>]>([
    ["Clair", { manifest_hash: digest, packages: {}, vulnerabilities: {}, package_vulnerabilities: {} }],
    ["Clair, an index that failed", { manifest_hash: digest, state: "IndexError", success: false, err: "x" }],
    ["Docker Scout or any other SARIF", { version: "2.1.0", runs: [{ results: [] }] }],
    ["GitLab's container scanning", { version: "15.0.0", scan: { status: "success" }, vulnerabilities: [] }],
    ["Snyk", { ok: true, vulnerabilities: [], dependencyCount: 0, docker: {} }],
    ["a bill of materials", { bomFormat: "CycloneDX", specVersion: "1.6", components: [], vulnerabilities: [] }],
  ])("%s", async (_, report) => {
    expect(await judge(trivyReport(report))).toMatchObject({ verdict: "none" });
    expect(await judge(grypeReport(report))).toMatchObject({ verdict: "none" });
  });
});

describe("what a report says in another form than its scanner is not taken for the harmless form", () => {
  it.each([
    ["a status to come", { Status: "patch_pending" }],
    ["a status in another case", { Status: "Fixed" }],
  ])("%s is no word that there is no fix", async (_, said) => {
    const vulnerability = { VulnerabilityID: "CVE-2026-1", PkgName: "zlib1g", Severity: "CRITICAL", ...said };
    const source = inTrivy("/Results/0/Vulnerabilities", [vulnerability]);
    expect((await judge(source, { onlyFixable: true })).verdict).toBe("block");
  });

  it.each<[string, ImageSource]>([
    ["a scan later than now", inGrype("/descriptor/timestamp", "2027-11-22T21:04:05Z")],
    ["a database later than now", inGrype("/descriptor/db/status/built", "2027-11-22T21:04:05Z")],
    ["a date without a zone", inTrivy("/CreatedAt", "2026-11-22T21:04:05")],
    ["a date in words", inTrivy("/CreatedAt", "22 Nov 2026")],
  ])("%s is no verdict", async (_, source) => {
    expect((await judge(source)).verdict).toBe("none");
  });
});
