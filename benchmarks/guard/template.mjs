// A template of 10,000 resources: read and judged in at most 2 s and 300 MB. Prints both, and exits with 1 above.
import { createGuard } from "@countersign/guard";
import { judgeTemplate, readTemplate } from "@countersign/guard/iac";

const LIMIT_MS = 2_000;
const LIMIT_MB = 300;

const Resources = Object.fromEntries(
  Array.from({ length: 10_000 }, (_, index) => [
    `Model${index}`,
    {
      Type: "AWS::SageMaker::Model",
      Properties: {
        ModelName: `model-${index}`,
        ExecutionRoleArn: { "Fn::GetAtt": ["Role", "Arn"] },
        EnableNetworkIsolation: index % 10 !== 0,
        VpcConfig: { Subnets: ["subnet-0a", { Ref: "Subnet" }], SecurityGroupIds: [{ Ref: "Group" }] },
        PrimaryContainer: { Image: { "Fn::Sub": "111122223333.dkr.ecr.${AWS::Region}.amazonaws.com/churn:1" } },
      },
    },
  ]),
);
const text = JSON.stringify({ Parameters: { Subnet: { Type: "String" }, Group: { Type: "String" } }, Resources });
const guard = createGuard({ posture: "private" });

const start = performance.now();
const verdicts = judgeTemplate(guard, readTemplate(text, { file: "template.json" }));
const milliseconds = Math.round(performance.now() - start);
const megabytes = Math.round(process.resourceUsage().maxRSS / 1_024);
const findings = verdicts.filter(({ verdict }) => verdict === "finding").length;
console.log(JSON.stringify({ resources: verdicts.length, findings, bytes: text.length, milliseconds, megabytes }));
if (findings !== 1_000) throw new Error(`1,000 resources break the posture, and ${findings} were found`);
process.exitCode = milliseconds > LIMIT_MS || megabytes > LIMIT_MB ? 1 : 0;
