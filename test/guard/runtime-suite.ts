import { compose } from "@countersign/fetch";
import { GuardError, createGuard, imageGate, toSarif, trivyReport } from "@countersign/guard";
import { createClock } from "@countersign/signer";
import type { RuntimeCase } from "../runtimes/drivers/run-suite.ts";

const host = "https://vpce-0a1b2c3d-9x8y7z6w.api.sagemaker.eu-west-1.vpce.amazonaws.com/";
const vpc = { Subnets: ["subnet-a", "subnet-b"], SecurityGroupIds: ["sg-a"] };
const model = { ModelName: "m", EnableNetworkIsolation: true, VpcConfig: vpc };
const image = `111122223333.dkr.ecr.eu-west-1.amazonaws.com/churn@sha256:${"a".repeat(64)}`;
const report = {
  SchemaVersion: 2,
  ArtifactType: "container_image",
  CreatedAt: "2026-11-23T00:00:00Z",
  Metadata: { RepoDigests: [image], OS: { Family: "debian", Name: "12.5" } },
  Results: [{ Class: "os-pkgs", Vulnerabilities: [{ VulnerabilityID: "CVE-1", PkgName: "p", Severity: "CRITICAL" }] }],
};

function equal(actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`expected ${right}, got ${left}`);
}

const call = (input: unknown): RequestInit => ({
  method: "POST",
  headers: { "x-amz-target": "SageMaker.CreateModel", "content-type": "application/x-amz-json-1.1" },
  body: JSON.stringify(input),
});

/** What the guard must do the same way wherever it runs. */
export const suite: readonly RuntimeCase[] = [
  {
    name: "finds what breaks the posture",
    run() {
      const findings = createGuard({ posture: "private" }).check("CreateModel", { ModelName: "m" }, {});
      equal(
        findings.map(({ rule, path }) => [rule, path]),
        [
          ["container-internet", "/VpcConfig"],
          ["network-isolation", "/EnableNetworkIsolation"],
          ["model-vpc", "/VpcConfig"],
        ],
      );
      equal(toSarif(findings).runs.length, 1);
    },
  },
  {
    name: "stands in a fetch, lets pass and stops",
    async run() {
      const sent: string[] = [];
      const guarded = compose(
        async (input, init) => {
          sent.push(await new Request(input, init).text());
          return new Response("{}");
        },
        createGuard({ posture: "private" }).middleware,
      );
      await guarded(host, call(model));
      await guarded(new Request(host, call(model)));
      const error: unknown = await guarded(host, call({ ModelName: "m" })).catch((caught: unknown) => caught);
      equal(error instanceof GuardError && error.code, "POSTURE_BROKEN");
      equal(sent, [JSON.stringify(model), JSON.stringify(model)]);
    },
  },
  {
    name: "emits policies",
    run() {
      const guard = createGuard({ posture: "private" });
      const policy = guard.toSessionPolicy({ actions: ["sagemaker:CreateModel"], resources: ["*"] });
      equal(policy.length, JSON.stringify(policy).length);
      equal(
        guard.toIamPolicy().Statement.every(({ Effect }) => Effect === "Deny"),
        true,
      );
    },
  },
  {
    name: "gates images by a report that was parsed or read elsewhere",
    async run() {
      const clock = createClock({ wall: () => Date.parse("2026-11-23T12:00:00Z") });
      for (const source of [trivyReport(report), trivyReport(new TextEncoder().encode(JSON.stringify(report)))]) {
        const verdict = await imageGate({ source, clock }).judge(image);
        equal([verdict.verdict, verdict.reason], ["block", "CVE-1 (critical) in p"]);
      }
      equal((await imageGate({ source: trivyReport("trivy.json"), clock }).judge(image)).verdict, "none");
    },
  },
];
