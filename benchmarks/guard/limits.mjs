// Cases that must grow no faster than what they read: a report for one image and for forty, a pipeline of 100 steps and of 4,000.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createGuard, imageGate, trivyReport } from "@countersign/guard";

const repository = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/churn";
const digestOf = (index) => `sha256:${index.toString(16).padStart(64, "0")}`;
const IMAGES = 40;

/** A report of Trivy with some 51 MB: 80,000 packages, each with a vulnerability below the gate's severity. */
function report() {
  const Vulnerabilities = Array.from({ length: 80_000 }, (_, index) => ({
    VulnerabilityID: `CVE-2026-${index}`,
    PkgID: `package-${index}@1.2.3`,
    PkgName: `package-${index}`,
    PkgIdentifier: {
      PURL: `pkg:deb/debian/package-${index}@1.2.3?arch=amd64&distro=debian-12.12`,
      UID: "0123456789abcdef",
    },
    InstalledVersion: "1.2.3",
    Status: "affected",
    Severity: "LOW",
    Title: "A vulnerability with a title as long as titles mostly are, and a few words more",
    Description: "x".repeat(320),
  }));
  return JSON.stringify({
    SchemaVersion: 2,
    CreatedAt: new Date().toISOString(),
    ArtifactName: repository,
    ArtifactType: "container_image",
    Metadata: {
      OS: { Family: "debian", Name: "12.12" },
      RepoDigests: Array.from({ length: IMAGES }, (_, index) => `${repository}@${digestOf(index)}`),
    },
    Results: [{ Target: "os", Class: "os-pkgs", Type: "debian", Vulnerabilities }],
  });
}

/** Judges images by a report that no gate has read yet. */
export function reportFor(images) {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-benchmark-"));
  const file = path.join(folder, "trivy.json");
  writeFileSync(file, report());
  const run = async () => {
    const gate = imageGate({ source: trivyReport(file) });
    for (let index = 0; index < images; index++) {
      const { verdict, reason } = await gate.judge(`${repository}@${digestOf(index)}`);
      if (verdict !== "pass") throw new Error(`the image does not pass: ${reason}`);
    }
  };
  return {
    run,
    close: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

const STEPS = 4_000;

/** Checks 4,000 steps of training, in pipelines of `size` steps. */
export function pipelinesOf(size, training) {
  const guard = createGuard({ posture: "locked" });
  const Steps = Array.from({ length: size }, (_, index) => ({
    Name: `Step${index}`,
    Type: "Training",
    Arguments: training,
  }));
  const definition = JSON.stringify({ Version: "2020-12-01", Steps });
  return {
    run() {
      let findings = 0;
      // A request of its own each time: the guard keeps what it read from an input.
      for (let count = 0; count < STEPS / size; count++)
        findings += guard.check("CreatePipeline", {
          PipelineName: "p",
          RoleArn: "r",
          PipelineDefinition: definition,
        }).length;
      if (findings > 0) throw new Error(`${findings} findings`);
    },
  };
}
