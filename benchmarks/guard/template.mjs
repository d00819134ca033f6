// A template of 10,000 resources, as JSON and as YAML: read and judged in at most 2 s and 300 MB each. Prints both, each from a
// process of its own, and exits with 1 above a limit. `node benchmarks/guard/template.mjs [json|yaml]`.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createGuard } from "@countersign/guard";
import { judgeTemplate, readTemplate } from "@countersign/guard/iac";

const RESOURCES = 10_000;
const LIMIT_MS = 2_000;
const LIMIT_MB = 300;

const indexes = Array.from({ length: RESOURCES }, (_, index) => index);
const image = "111122223333.dkr.ecr.${AWS::Region}.amazonaws.com/churn:1";

const formats = {
  json() {
    const Resources = Object.fromEntries(
      indexes.map((index) => [
        `Model${index}`,
        {
          Type: "AWS::SageMaker::Model",
          Properties: {
            ModelName: `model-${index}`,
            ExecutionRoleArn: { "Fn::GetAtt": ["Role", "Arn"] },
            EnableNetworkIsolation: index % 10 !== 0,
            VpcConfig: { Subnets: ["subnet-0a", { Ref: "Subnet" }], SecurityGroupIds: [{ Ref: "Group" }] },
            PrimaryContainer: { Image: { "Fn::Sub": image } },
          },
        },
      ]),
    );
    return JSON.stringify({ Parameters: { Subnet: { Type: "String" }, Group: { Type: "String" } }, Resources });
  },
  yaml() {
    const resources = indexes.map(
      (index) => `  Model${index}:
    Type: AWS::SageMaker::Model
    Properties:
      ModelName: model-${index}
      ExecutionRoleArn: !GetAtt Role.Arn
      EnableNetworkIsolation: ${index % 10 !== 0}
      VpcConfig:
        Subnets: [subnet-0a, !Ref Subnet]
        SecurityGroupIds:
          - !Ref Group
      PrimaryContainer:
        Image: !Sub "${image}"
`,
    );
    return `Parameters:\n  Subnet: { Type: String }\n  Group: { Type: String }\nResources:\n${resources.join("")}`;
  },
};

const [format] = process.argv.slice(2);
if (format === undefined) {
  const file = fileURLToPath(import.meta.url);
  const codes = Object.keys(formats).map(
    (name) => spawnSync(process.execPath, [file, name], { stdio: "inherit" }).status,
  );
  process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
} else judge(format);

function judge(name) {
  const text = formats[name]();
  const guard = createGuard({ posture: "private" });
  const start = performance.now();
  const before = process.cpuUsage();
  const verdicts = judgeTemplate(guard, readTemplate(text, { file: `template.${name}` }));
  const { user, system } = process.cpuUsage(before);
  const milliseconds = Math.round(performance.now() - start);
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1_024);
  const findings = verdicts.filter(({ verdict }) => verdict === "finding").length;
  const cpuMilliseconds = Math.round((user + system) / 1_000);
  console.log(
    JSON.stringify({
      name,
      resources: verdicts.length,
      findings,
      bytes: text.length,
      milliseconds,
      cpuMilliseconds,
      megabytes,
    }),
  );
  if (findings !== RESOURCES / 10) throw new Error(`1,000 resources break the posture, and ${findings} were found`);
  process.exitCode = milliseconds > LIMIT_MS || megabytes > LIMIT_MB ? 1 : 0;
}
