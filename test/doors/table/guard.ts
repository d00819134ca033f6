import { JUNK } from "../junk.ts";
import { readTemplate } from "@countersign/guard/iac";
import { grypeReport, imageGate } from "@countersign/guard";
import { also, anything, ignored, maybe, open, part } from "../variants.ts";
import { type Doors, region, clock, nothing, signal, answer, ms, error, guard, credentials, EMPTY } from "./shared.ts";

const until = also("2099-01-01", "date");
const report = {
  matches: [],
  source: { type: "image", target: { userInput: "a", repoDigests: [] } },
  distro: { name: "debian", version: "12" },
  descriptor: { name: "grype", version: "1", timestamp: "2026-01-01T00:00:00Z", db: { status: { valid: true } } },
};
const source = grypeReport(report);
const input = { ModelName: "m" };
const facts = maybe(open({}), ...EMPTY);
const review = maybe(
  { "host?": "api.sagemaker.eu-west-1.amazonaws.com", "privateAddresses?": false, "signal?": signal },
  ...EMPTY,
);
const rcp = maybe({ "organizationId?": "o-abcdefghij", "services?": also(["kms"], "[]") }, ...EMPTY);
const guardrail = maybe({ "topics?": also(["notebook"], "[]") }, ...EMPTY);
const BROKEN = ["POSTURE_BROKEN"];

export const guardDoors: Doors = {
  ".": {
    MODEL_VERSION: "is a value",
    GuardError: error("INVALID_OPTION"),
    unheldControls: "is a value",
    wildcard: { args: [also("a*", '""')], methods: { "()": { args: [also("ab", '""')] } } },
    postures: "is a value",
    quotas: "is a value",
    uncovered: "is a value",
    workloads: "is a value",
    createGuard: {
      args: [
        {
          posture: "baseline",
          "mode?": "enforce",
          "network?": maybe(
            {
              "vpcId?": "vpc-0a",
              "subnets?": ["subnet-0a"],
              "securityGroupIds?": ["sg-0a"],
              "vpcEndpoints?": ["vpce-0a"],
            },
            ...EMPTY,
          ),
          "images?": part(imageGate({ source })),
          "facts?": also(
            open({
              "model?": async () => undefined,
              "subnets?": async () => ({}),
              "resolvesPrivately?": async () => true,
            }),
            ...EMPTY,
          ),
          "exceptions?": also([{ rule: "notebook-direct-internet", resource: "a", until, reason: "b" }], "[]"),
          "clock?": part(clock),
          "onEvent?": nothing,
        },
      ],
      methods: {
        check: { args: ["CreateModel", anything(input), facts] },
        assess: { args: ["CreateModel", anything(input), facts] },
        review: { args: ["CreateModel", anything(input), review] },
        enforce: { args: ["CreateModel", anything(input), review], passed: BROKEN },
        enforceRequest: {
          args: [
            {
              "method?": also("POST", '""'),
              url: also("https://api.sagemaker.eu-west-1.amazonaws.com/", "url"),
              headers: also(
                open({ "x-amz-target": maybe("SageMaker.ListModels", '""', "[]") }),
                "[]",
                ...EMPTY,
                "{ zzz }",
                "map",
              ),
              "body?": also("{}", '""', "null"),
            },
            maybe({ "privateAddresses?": false, "signal?": signal }, ...EMPTY),
          ],
          passed: BROKEN,
        },
        remember: { args: ["CreateModel", anything(input)] },
        middleware: {
          args: [answer],
          methods: { "()": { args: [also("https://a.test/", "url"), maybe(open({}), ...JUNK)] } },
        },
        toIamPolicy: { args: [guardrail] },
        toIamPolicies: { args: [guardrail] },
        toScp: { args: [guardrail] },
        toScps: { args: [guardrail] },
        toRcp: { args: [rcp] },
        toRcps: { args: [rcp] },
        toSessionPolicy: { args: [{ actions: ["sagemaker:CreateModel"], resources: ["*"] }] },
        toEndpointPolicy: {
          args: [
            maybe(
              {
                "service?": "sagemaker",
                "actions?": ["sagemaker:CreateModel"],
                "resources?": ["*"],
                "organizationId?": "o-abcdefghij",
                "accounts?": ["123456789012"],
              },
              ...EMPTY,
            ),
          ],
        },
      },
    },
    awsFacts: {
      args: [
        {
          region,
          credentials,
          "fetch?": answer,
          "endpoints?": maybe(
            { "sagemaker?": also("https://localhost:1", "url"), "ec2?": also("https://localhost:1", "url") },
            ...EMPTY,
          ),
        },
      ],
      methods: "is called by the guard only",
    },
    ecrFindings: {
      args: [{ region, credentials, "fetch?": answer, "endpoint?": also("https://localhost:1", "url") }],
      methods: "is called by the guard only",
    },
    grypeReport: { args: [ignored(open({ matches: anything([]) }))], methods: "is called by the guard only" },
    trivyReport: { args: [ignored(open({}))], methods: "is called by the guard only" },
    imageGate: {
      args: [
        {
          source: [part(source)],
          "severityAtOrOver?": "HIGH",
          "onlyFixable?": false,
          "unknownSeverity?": "block",
          "unknownFix?": "block",
          "noVerdict?": "block",
          "maxScanAgeHours?": ms(5),
          "requireDigest?": true,
          "allow?": also([{ id: "CVE-2026-1", until, reason: "b" }], "[]"),
          "clock?": part(clock),
        },
      ],
      methods: { judge: { args: [anything("a"), maybe({ "signal?": signal }, ...EMPTY)] } },
    },
    readCall: {
      args: [
        {
          "method?": also("POST", '""'),
          url: also("https://api.sagemaker.eu-west-1.amazonaws.com/", "url"),
          headers: also(open({ "x-amz-target": maybe("SageMaker.ListModels", '""', "[]") }), "[]", ...EMPTY, "map"),
          "body?": also("{}", '""', "null"),
        },
      ],
    },
    toSarif: { args: [also([], "[]"), maybe({ "artifact?": "a", "version?": "1" }, ...EMPTY)] },
  },
  "./iac": {
    readTemplate: {
      args: [
        '{"Resources":{}}',
        maybe({ "file?": "a", "parameters?": also(open({}), ...EMPTY), "action?": "CreateModel" }, ...EMPTY),
      ],
    },
    withImageVerdicts: { args: [part(imageGate({ source })), also([...readTemplate('{"Resources":{}}')], "[]")] },
    judgeTemplate: { args: [part(guard), also([...readTemplate('{"Resources":{}}')], "[]")] },
    mappedTypes: "is a value",
  },
  "./cdk": {
    createCdkPlugin: {
      args: [{ guard: part(guard), "unjudged?": "fail" }],
      // The CDK makes this context, and a later release may add members: aws-cdk-lib 2.276 added stackTemplates.
      methods: { validate: { args: [open({ templatePaths: also([], "[]") })] } },
    },
  },
};
