import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "./run.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-guard-cli-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, content: unknown): string {
  const where = path.join(folder, name);
  mkdirSync(path.dirname(where), { recursive: true });
  writeFileSync(where, typeof content === "string" ? content : JSON.stringify(content));
  return where;
}

const open = { action: "CreateModel", input: { ModelName: "m", PrimaryContainer: { Image: "x" } } };
const template = `Parameters:
  Subnet: { Type: AWS::EC2::Subnet::Id }
Resources:
  Lab:
    Type: AWS::SageMaker::NotebookInstance
    Properties: { InstanceType: ml.t3.medium, RoleArn: arn:aws:iam::111122223333:role/lab, RootAccess: Enabled }
  Private:
    Type: AWS::SageMaker::Model
    Properties:
      ExecutionRoleArn: arn:aws:iam::111122223333:role/model
      EnableNetworkIsolation: true
      VpcConfig: { Subnets: [!Ref Subnet], SecurityGroupIds: [sg-0aaa] }
`;
const unknown = template.replace(/ {2}Lab:[\s\S]*? {2}Private:/, "  Private:");

describe("guard on requests", () => {
  it("prints findings and exits with 1; with 0 for a request without any", async () => {
    const found = await run(["guard", file("open.json", open), "--posture", "private"]);
    expect(found).toMatchObject({ code: 1, out: expect.stringContaining("open.json:1:33  #/VpcConfig") });
    expect(await run(["guard", "--action", "ListModels", file("list.json", "{}")])).toMatchObject({
      code: 0,
      out: expect.stringContaining("✔ nothing found: 1 resource in 1 file"),
    });
  });

  it.each([
    [["--action", "sagemaker:CreateTrainingJob"], "{}", "container-internet"],
    [["--action", "create-training-job"], "{}", "container-internet"],
    [["--action", "Foo"], "{}", "unknown-operation"],
    [["--action", "CreateTraningJob"], "{}", "Write CreateTrainingJob if that is meant"],
    [["--action", "UpdateNotebookInstance"], { RootAcess: "Enabled" }, "Write RootAccess"],
    [["--action", "CreateMonitoringSchedule"], "null", "malformed-input"],
    [["--action", "ListModels"], "[]", "malformed-input"],
    [[], { action: "Foo", input: {} }, "unknown-operation"],
    [[], { action: "CreateModel", input: null }, "malformed-input"],
  ])("judges or refuses %j %j, and never ticks", async (options, content, message) => {
    const { code, out } = await run(["guard", ...options, file("job.json", content)]);
    expect(code).toBe(1);
    expect(out).toContain(message);
    expect(out).not.toContain("✔");
  });

  it.each([
    ["not JSON", "{ a", "no.json: line 1, column 3: a name in quotes must be here"],
    ["a list", "[]", "must be a template with Resources"],
    ["a name twice", '{"action":"CreateModel","action":"ListModels","input":{}}', 'has the name "action" twice'],
    ["an action that is not text", '{"action":7,"input":{}}', '"action" must be the name of an operation'],
    ["a misspelt name", '{"action":"ListModels","input":{},"inputs":{}}', 'and not "inputs"'],
    ["an empty file", "", "the file is empty"],
  ])("exits with 2 for %s", async (_, content, message) => {
    expect(await run(["guard", file("no.json", content)])).toMatchObject({
      code: 2,
      err: expect.stringContaining(message) as string,
    });
  });

  it("exits with 2 for a posture and other options that do not exist", async () => {
    const name = file("open.json", open);
    for (const options of [
      ["--posture", "strict"],
      ["--unjudged", "ignore"],
      ["--parameters", "Subnet"],
      ["--parameters", `@${name}`],
    ])
      expect(await run(["guard", name, ...options])).toMatchObject({ code: 2 });
    expect(await run(["guard", path.join(folder, "nowhere.json")])).toMatchObject({ code: 2 });
  });
});

describe("guard on templates", () => {
  it("prints findings and unjudged values with file, line and column", async () => {
    const { code, out } = await run(["guard", file("t.yaml", template)]);
    expect(code).toBe(1);
    expect(out).toContain("t.yaml:6:92  Lab#/RootAccess");
    expect(out).toMatch(/unjudged {2}container-internet {2}\S+t\.yaml:12:35 {2}Private#\/VpcConfig\/Subnets\/0/);
    expect(out).toContain("decided by: --parameters Subnet=VALUE");
    expect(out).toContain("4 findings, 1 unjudged, 0 clean: 2 resources in 1 file");
  });

  it("fails for unjudged resources under private and locked, and when told to", async () => {
    const name = file("u.yaml", unknown.replace("[!Ref Subnet]", "[!Ref Subnet, subnet-0b]"));
    const codeOf = async (...options: string[]) => (await run(["guard", name, ...options])).code;
    expect(await codeOf()).toBe(0);
    expect((await run(["guard", name])).out).not.toContain("✔");
    expect(await codeOf("--unjudged", "fail")).toBe(1);
    expect(await codeOf("--posture", "private")).toBe(1);
    expect(await codeOf("--posture", "private", "--unjudged", "warn")).toBe(0);
    expect(await codeOf("--posture", "private", "--parameters", "Subnet=subnet-0a")).toBe(0);
    const parameters = file("p.json", [{ ParameterKey: "Subnet", ParameterValue: "subnet-0a" }]);
    expect(await codeOf("--posture", "private", "--parameters", `@${parameters}`)).toBe(0);
    const ofPipeline = file("n.json", [{ Name: "Subnet", Value: "subnet-0a" }]);
    expect(await codeOf("--posture", "private", "--parameters", `@${ofPipeline}`)).toBe(0);
    for (const entry of [{ ParameterKey: "Subnet", UsePreviousValue: true }, { Name: "Subnet" }, "Subnet", null])
      expect(await codeOf("--parameters", `@${file("r.json", [entry])}`)).toBe(2);
    expect(await codeOf("--posture", "private", "--parameters", `@${file("q.json", { Subnet: "subnet-0a" })}`)).toBe(0);
    expect(await codeOf("--parameters", "Subnet=subnet-0a", "--subnet", "subnet-0c")).toBe(1);
  });

  it("writes SARIF: one run, regions, help, version", async () => {
    const files = [file("a.yaml", template), file("b.json", open)];
    const log = JSON.parse((await run(["guard", "--sarif", ...files])).out) as {
      runs: { tool: { driver: Record<string, unknown> }; results: { ruleId: string; locations: unknown[] }[] }[];
    };
    expect(log.runs).toHaveLength(1);
    const [{ tool, results } = { tool: { driver: {} }, results: [] }] = log.runs;
    expect(tool.driver["semanticVersion"]).toMatch(/^\d+\.\d+\.\d+/);
    expect(tool.driver["rules"]).toContainEqual(
      expect.objectContaining({
        id: "notebook-root-access",
        help: expect.objectContaining({ markdown: expect.any(String) as string }) as object,
      }),
    );
    expect(results.find(({ ruleId }) => ruleId === "notebook-root-access")?.locations).toMatchObject([
      { physicalLocation: { region: { startLine: 6, startColumn: 92 } } },
    ]);
    expect(results).toHaveLength(6);
    expect(results[5]).toMatchObject({ kind: "open", level: "none", ruleId: "container-internet" });
  });

  it("writes JUnit: a suite for each file, a case for each resource", async () => {
    const name = file("a<b.yaml", template);
    const { code, out } = await run(["guard", "--junit", name]);
    expect(code).toBe(1);
    expect(out).toContain('a&lt;b.yaml" tests="2" failures="1" skipped="1"');
    expect(out).toContain('<testcase name="Lab" classname="AWS::SageMaker::NotebookInstance"');
    expect(out).toContain("<skipped");
    const failing = (await run(["guard", "--junit", "--unjudged", "fail", name])).out;
    expect(failing).toContain('failures="2" skipped="0"');
    expect(failing).toContain('<failure type="unjudged"');
  });

  it("writes JSON: a flat list of findings and unjudged rules", async () => {
    const items = JSON.parse((await run(["guard", "--json", file("t.yaml", template)])).out) as object[];
    expect(items).toContainEqual(
      expect.objectContaining({
        verdict: "finding",
        rule: "notebook-root-access",
        address: "Lab",
        line: 6,
        column: 92,
      }),
    );
    expect(items).toContainEqual(
      expect.objectContaining({
        verdict: "unjudged",
        rule: "container-internet",
        decidedBy: "--parameters Subnet=VALUE",
      }),
    );
  });

  it("reads the templates of nested stacks once, where they are nested", async () => {
    const nested = { "aws:asset:path": "Lab.nested.template.json" };
    const parameters = { Internet: "Enabled" };
    const stack = { Type: "AWS::CloudFormation::Stack", Metadata: nested, Properties: { Parameters: parameters } };
    const top = file("nested/Top.template.json", { Resources: { Lab: stack } });
    const notebook = {
      Type: "AWS::SageMaker::NotebookInstance",
      Properties: { DirectInternetAccess: { Ref: "Internet" } },
    };
    const text = { Parameters: { Internet: { Type: "String", Default: "Disabled" } }, Resources: { N: notebook } };
    file("nested/Lab.nested.template.json", text);
    file("nested/Alone.nested.template.json", { Resources: { S: { Type: "AWS::SageMaker::Quantum" } } });
    const addresses = async (name: string) => {
      const { out } = await run(["guard", name, "--json"]);
      return new Set((JSON.parse(out) as { address: string }[]).map(({ address }) => address));
    };
    expect(await addresses(path.dirname(top))).toEqual(new Set(["Lab/N", "S"]));
    expect(await addresses(top)).toEqual(new Set(["Lab/N"]));
    const { out } = await run(["guard", top, "--json"]);
    expect(out).toContain("notebook-direct-internet");
  });

  it.skipIf(process.platform === "win32").each<[string, () => string]>([
    ["a name that is too long", () => "x".repeat(5000)],
    [
      "a link to itself",
      () => {
        const loop = path.join(folder, "loop");
        symlinkSync("loop", loop);
        return loop;
      },
    ],
    ["a folder below a file", () => path.join(file("plain.json", {}), "below")],
  ])("platform errors are typed: exits with 2 for %s", async (_, name) => {
    const { code, err } = await run(["guard", name()]);
    expect([code, err]).toEqual([2, expect.stringContaining("(FILE_UNREADABLE)")]);
  });

  it("reads a cdk.out, and says when a folder has no templates", async () => {
    const assembly = path.dirname(
      file("cdk.out/Lab.template.json", { Resources: { Lab: { Type: "AWS::SageMaker::NotebookInstance" } } }),
    );
    file("cdk.out/assembly-prod/Model.template.json", { Resources: { M: { Type: "AWS::SageMaker::Model" } } });
    const { code, out } = await run(["guard", assembly]);
    expect(code).toBe(1);
    expect(out).toContain("2 resources");
    mkdirSync(path.join(folder, "empty"), { recursive: true });
    expect(await run(["guard", path.join(folder, "empty")])).toMatchObject({ code: 2 });
  });

  it("says so when a file has nothing of SageMaker", async () => {
    const name = file("s3.yaml", "Resources: { Bucket: { Type: AWS::S3::Bucket } }\n");
    expect(await run(["guard", name])).toMatchObject({ code: 0, out: "nothing of SageMaker in 1 file\n" });
  });
});

describe("guard with reports on images", () => {
  const digest = `sha256:${"ab".repeat(32)}`;
  const image = `111122223333.dkr.ecr.eu-west-1.amazonaws.com/churn@${digest}`;
  const template = {
    Resources: {
      M: {
        Type: "AWS::SageMaker::Model",
        Properties: { EnableNetworkIsolation: true, PrimaryContainer: { Image: image } },
      },
    },
  };
  const report = (Vulnerabilities: object[]) => ({
    SchemaVersion: 2,
    CreatedAt: new Date().toISOString(),
    ArtifactName: image,
    ArtifactType: "container_image",
    Metadata: { OS: { Family: "debian", Name: "12" }, RepoDigests: [image] },
    Results: [{ Target: "debian", Class: "os-pkgs", Type: "debian", Vulnerabilities }],
  });
  const critical = { VulnerabilityID: "CVE-2026-1", PkgName: "x", InstalledVersion: "1", Severity: "CRITICAL" };

  it("passes a scanned image, and finds vulnerable and unscanned ones", async () => {
    const name = file("images.json", template);
    const code = async (...options: string[]) => (await run(["guard", name, ...options])).code;
    expect(await code()).toBe(0);
    expect(await code("--trivy", file("clean.json", report([])))).toBe(0);
    expect(await code("--trivy", file("bad.json", report([critical])), "--severity", "critical")).toBe(1);
    expect(await code("--grype", file("none.json", {}))).toBe(1);
  });

  it("exits with 2 for a report without a scan, also when no file has an image that asks for it", async () => {
    const name = file("no-image.json", { Resources: {} });
    expect(await run(["guard", name, "--trivy", file("scan.json", report([]))])).toMatchObject({ code: 0 });
    const whole = JSON.stringify(report([]));
    for (const content of ["", "{}", "[]", whole.slice(0, -9), `${whole}\n${whole}`]) {
      writeFileSync(path.join(folder, "broken.json"), content);
      for (const scanner of ["--trivy", "--grype"]) {
        const { code, out, err } = await run(["guard", name, scanner, path.join(folder, "broken.json")]);
        expect({ code, out, err }).toEqual({
          code: 2,
          out: "",
          err: expect.stringMatching(/broken\.json: the \w+ report/),
        });
      }
    }
  });

  it("exits with 2 for a report that is not there, and for options without one", async () => {
    const name = file("images.json", template);
    for (const options of [
      ["--trivy", path.join(folder, "nowhere.json")],
      ["--severity", "HIGH"],
      ["--severity", "SEVERE", "--trivy", name],
    ])
      expect(await run(["guard", name, ...options])).toMatchObject({ code: 2 });
  });
});

describe("guard policy", () => {
  it("is no subcommand behind --: a file of that name is judged", async () => {
    expect(await run(["guard", "--", "policy"])).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("cannot read policy"),
    });
  });

  it.each(["iam", "scp", "session", "endpoint"])("prints the posture as %s policy", async (kind) => {
    const { code, out } = await run([
      "guard",
      "policy",
      "--kind",
      kind,
      "--posture",
      "private",
      ...(kind === "session" ? ["--allow", "sagemaker:CreateModel"] : []),
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ Version: "2012-10-17" });
  });

  it("takes the network that is named, as the check of requests does", async () => {
    const vpc = { Subnets: ["subnet-0b"], SecurityGroupIds: ["sg-0a"] };
    const name = file("vpc.json", { ModelName: "m", EnableNetworkIsolation: true, VpcConfig: vpc });
    const check = ["guard", "--action", "CreateModel", name, "--json", "--subnet"];
    expect(JSON.parse((await run([...check, "subnet-0b"])).out)).toEqual([]);
    expect((await run([...check, "subnet-0a", "--security-group", "sg-0a"])).out).toContain("/VpcConfig/Subnets/0");
    const policy = await run(["guard", "policy", "--posture", "private", "--vpc-endpoint", "vpce-0a1b2c3d"]);
    expect(policy.out).toContain('"vpce-0a1b2c3d"');
    expect(policy.err).not.toContain("names neither vpcEndpoints");
  });

  it("prints a resource control policy for a network and an organization, and asks for one of them", async () => {
    const rcp = ["guard", "policy", "--kind", "rcp", "--posture", "private"];
    expect(await run(rcp)).toMatchObject({
      code: 2,
      err: expect.stringContaining("organizationId: must be") as string,
    });
    const { code, out, err } = await run([...rcp, "--organization", "o-a1b2c3d4e5", "--vpc-endpoint", "vpce-0a1b2c3d"]);
    expect(code).toBe(0);
    const sids = (JSON.parse(out) as { Statement: { Sid: string }[] }).Statement.map(({ Sid }) => Sid);
    expect(sids).toEqual(["DenyOutsideNetwork", "DenyOutsideOrganization"]);
    expect(err).toContain("looser than the guard: vpc-endpoint");
  });

  it("makes each document ready to attach: without white space, one a line or one a file", async () => {
    const scp = ["guard", "policy", "--kind", "iam", "--posture", "locked", "--vpc-endpoint", "vpce-0a1b2c3d"];
    const network = Array.from({ length: 20 }, (_, index) => ["--subnet", `subnet-0a1b2c3d4e5f607${index}`]).flat();
    const printed = await run([...scp, ...network]);
    const documents = printed.out.trimEnd().split("\n");
    expect(documents.length).toBeGreaterThan(1);
    expect(printed.err).toContain(`${documents.length} documents, one a line: attach all of them`);
    const out = path.join(folder, "policies");
    const written = await run([...scp, ...network, "--out", out]);
    const files = written.out.trimEnd().split("\n");
    expect(files.map((name) => path.basename(name))).toEqual(documents.map((_, index) => `iam-${index + 1}.json`));
    expect(files.map((name) => readFileSync(name, "utf8"))).toEqual(documents);
    for (const document of documents) {
      expect(document).toBe(JSON.stringify(JSON.parse(document)));
      expect(document.length).toBeLessThanOrEqual(6_144);
    }
    expect(await run([...scp, "--out", files[0] ?? ""])).toMatchObject({ code: 2 });

    const listed = JSON.parse((await run([...scp, ...network, "--json"])).out) as { policy: object }[];
    expect(listed.map(({ policy }) => JSON.stringify(policy))).toEqual(documents);
    const listedFiles = JSON.parse((await run([...scp, ...network, "--json", "--out", out])).out) as { file: string }[];
    expect(listedFiles.map(({ file }) => file)).toEqual(files);
    expect(files.map((name) => readFileSync(name, "utf8"))).toEqual(documents);
  });

  it("asks what a session policy allows, and says each gap once", async () => {
    expect(await run(["guard", "policy", "--kind", "session"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("--allow") as string,
    });
    const gaps = (await run(["guard", "policy", "--posture", "private"])).err.split("\n");
    expect(new Set(gaps).size).toBe(gaps.length);
  });
});
