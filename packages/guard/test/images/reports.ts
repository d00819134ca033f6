/** Reports as the scanners write them, shortened; every test breaks one thing about one of them. */

export const digest = "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945";
export const index = "sha256:9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab";
export const repository = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/churn";
export const image = `${repository}@${digest}`;
export const now: number = Date.parse("2026-11-23T12:00:00Z");

/** `trivy image --format json`, 0.6x. */
export const trivy = {
  SchemaVersion: 2,
  Trivy: { Version: "0.67.0" },
  ReportID: "0198f3a1-7c1e-7a66-9d0c-3f6f3d1c2b11",
  CreatedAt: "2026-11-22T21:04:05.123456789Z",
  ArtifactName: `${repository}:2026-11-22`,
  ArtifactType: "container_image",
  Metadata: {
    Size: 912_345_600,
    OS: { Family: "debian", Name: "12.12" },
    ImageID: "sha256:0d1e2f3a4b5c6d7e8f900d1e2f3a4b5c6d7e8f900d1e2f3a4b5c6d7e8f900d1e",
    RepoTags: [`${repository}:2026-11-22`],
    RepoDigests: [`${repository}@${digest}`],
  },
  Results: [
    {
      Target: `${repository}:2026-11-22 (debian 12.12)`,
      Class: "os-pkgs",
      Type: "debian",
      Vulnerabilities: [
        {
          VulnerabilityID: "CVE-2026-1001",
          VendorIDs: ["DSA-6001-1"],
          PkgID: "openssl@3.0.15-1~deb12u1",
          PkgName: "openssl",
          PkgIdentifier: { PURL: "pkg:deb/debian/openssl@3.0.15-1~deb12u1?arch=amd64", UID: "a1" },
          InstalledVersion: "3.0.15-1~deb12u1",
          FixedVersion: "3.0.17-1~deb12u3",
          Status: "fixed",
          SeveritySource: "nvd",
          Severity: "HIGH",
          CVSS: {
            ghsa: { V3Vector: "CVSS:3.1/AV:L", V3Score: 5.1 },
            nvd: { V3Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", V3Score: 7.5 },
          },
        },
        {
          VulnerabilityID: "CVE-2026-1002",
          PkgName: "zlib1g",
          InstalledVersion: "1:1.2.13",
          Status: "affected",
          Severity: "LOW",
        },
      ],
    },
    { Target: "Python", Class: "lang-pkgs", Type: "python-pkg" },
    { Target: "/app/key.pem", Class: "secret" },
  ],
};

/** `grype IMAGE -o json`, 0.9x. */
export const grype = {
  matches: [
    {
      vulnerability: {
        id: "GHSA-xxxx-yyyy-zzzz",
        dataSource: "https://github.com/advisories/GHSA-xxxx-yyyy-zzzz",
        namespace: "github:language:python",
        severity: "High",
        cvss: [
          { source: "github", type: "Secondary", version: "3.1", vector: "CVSS:3.1/AV:N", metrics: { baseScore: 8.1 } },
        ],
        knownExploited: [{ cve: "CVE-2026-2001" }],
        fix: { versions: ["2.4.1"], state: "fixed" },
        advisories: [{ id: "PYSEC-2026-7", link: "https://example.org" }],
        risk: 41.2,
      },
      relatedVulnerabilities: [{ id: "CVE-2026-2001", namespace: "nvd:cpe", severity: "High", cvss: [] }],
      matchDetails: [{ type: "exact-direct-match", matcher: "python-matcher" }],
      artifact: {
        id: "6e1d",
        name: "requests",
        version: "2.3.0",
        type: "python",
        locations: [{ path: "/usr/lib/python3/dist-packages/requests" }],
        purl: "pkg:pypi/requests@2.3.0",
      },
    },
  ],
  source: {
    type: "image",
    target: {
      userInput: `${repository}:2026-11-22`,
      imageID: "sha256:0d1e2f3a4b5c6d7e8f900d1e2f3a4b5c6d7e8f900d1e2f3a4b5c6d7e8f900d1e",
      manifestDigest: digest,
      mediaType: "application/vnd.docker.distribution.manifest.v2+json",
      tags: [`${repository}:2026-11-22`],
      repoDigests: [`${repository}@${index}`],
    },
  },
  distro: { name: "debian", version: "12", idLike: [] },
  descriptor: {
    name: "grype",
    version: "0.98.0",
    timestamp: "2026-11-23T06:00:00.000000000Z",
    db: { status: { schemaVersion: "v6.1.0", built: "2026-11-23T04:00:00Z", valid: true } },
    configuration: { "only-fixed": false, "only-notfixed": false },
  },
};

/** The report without its findings: a clean image. */
export const cleanTrivy = {
  ...trivy,
  Results: trivy.Results.map(({ Target, Class, Type }) => ({ Target, Class, Type })),
};
export const cleanGrype = { ...grype, matches: [] };
