import { describe, expect, it } from "vitest";
import { type Facts, createGuard } from "../../src/index.ts";
import { pointersOf, workloadsOf } from "../../src/evaluate/places.ts";
import { compilePath, pointerOf, walk } from "../../src/evaluate/pointer.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { rules } from "../../src/rules/all-rules.ts";
import { bodies, change, groups, image, subnets, zones } from "../bodies.ts";

const guard = createGuard({
  posture: "locked",
  network: { vpcId: "vpc-0a1b2c3d4e5f60718", subnets, securityGroupIds: groups, vpcEndpoints: ["vpce-0a1b2c3d"] },
});

const facts: Facts = {
  host: { name: "vpce-0a1b2c3d-9x8y7z6w.api.sagemaker.eu-west-1.vpce.amazonaws.com", vpcEndpoint: true },
  models: {
    churn: { VpcConfig: { Subnets: subnets, SecurityGroupIds: groups }, EnableNetworkIsolation: true },
  },
  subnetZones: zones,
  subnetAddresses: Object.fromEntries(subnets.map((subnet) => [subnet, 200])),
  images: { [image]: { verdict: "pass", image, findings: [] } },
};

describe("a body that keeps the locked posture", () => {
  for (const [action, body] of Object.entries(bodies))
    it(`${action} has no finding`, () => {
      // The request does not say what it attaches: it keeps only a posture that allows any subnet.
      const by = action === "AttachClusterNodeNetworkInterface" ? createGuard({ posture: "locked" }) : guard;
      expect(by.check(action, body, facts)).toEqual([]);
    });
});

it.each([
  { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } },
  { StringLike: { "AWS:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/*" }, Bool: { "aws:SecureTransport": "true" } },
  { ArnLike: { "aws:PrincipalArn": ["arn:aws:iam::111122223333:role/*", "arn:aws:iam::444455556666:user/a"] } },
  { "ForAnyValue:StringEquals": { "aws:SourceVpce": ["vpce-0a", "vpce-0b"] } },
  { IpAddress: { "aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"] } },
])("a resource policy that says who calls is not open: %j", (condition) => {
  const [name, input] = ["PutModelPackageGroupPolicy", bodies["PutModelPackageGroupPolicy"]];
  expect(guard.check(name, { ...input, ResourcePolicy: open(condition) }, facts)).toEqual([]);
});

it.each<[string, string, object, readonly string[]]>([
  ["capture that is off", "CreateEndpointConfig", { DataCaptureConfig: { EnableCapture: false } }, []],
  [
    "capture that is on",
    "CreateEndpointConfig",
    { DataCaptureConfig: { EnableCapture: true } },
    ["/DataCaptureConfig/KmsKeyId"],
  ],
  ["capture that is on by default", "CreateEndpointConfig", { DataCaptureConfig: {} }, ["/DataCaptureConfig/KmsKeyId"]],
  [
    "capture that is off, with a key that AWS manages",
    "CreateEndpointConfig",
    { DataCaptureConfig: { EnableCapture: false, KmsKeyId: "alias/aws/s3" } },
    ["/DataCaptureConfig/KmsKeyId"],
  ],
  [
    "notebooks that are shared without their output",
    "CreateUserProfile",
    { UserSettings: { SharingSettings: { NotebookOutputOption: "Disabled" } } },
    [],
  ],
  [
    "notebooks that are shared with their output",
    "CreateDomain",
    { DefaultUserSettings: { SharingSettings: { NotebookOutputOption: "Allowed" } } },
    ["/DefaultUserSettings/SharingSettings/S3KmsKeyId"],
  ],
  [
    "notebooks of which an update says nothing",
    "UpdateUserProfile",
    { UserSettings: { SharingSettings: { S3OutputPath: "s3://lab" } } },
    ["/UserSettings/SharingSettings/S3KmsKeyId"],
  ],
])("only what is written needs a key of its own: %s", (_, action, input, paths) => {
  const found = guard.check(action, input, facts).filter(({ rule }) => rule === "output-key");
  expect(found.map(({ path }) => path)).toEqual(paths);
});

/** A request that breaks one rule. */
interface Refused {
  /** Changes to the good body, pointer and value; `undefined` removes. */
  readonly changes: readonly (readonly [pointer: string, value: unknown])[];
  /** Where the finding must point. */
  readonly at: string;
  readonly facts?: Facts;
}

/** A policy that allows every principal, under a condition. */
const open = (Condition: object): string =>
  JSON.stringify({ Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*", Condition }] });

/** How each rule is broken, given where its value stands in the good body. A rule without an entry fails the test. */
const breaks: Readonly<Record<string, (pointer: string, action: string) => readonly Refused[]>> = {
  "notebook-direct-internet": (at) => [remove(at), set(at, "Enabled"), set(at, "disabled")],
  "notebook-vpc": (at) => [remove(at), set(at, ""), set(at, null)],
  "notebook-security-groups": (at) => [remove(at), set(at, []), set(at, [""])],
  "notebook-root-access": (at, action) => [set(at, "Enabled"), ...(action.startsWith("Create") ? [remove(at)] : [])],
  "notebook-imds": (at) => [set(at, "1"), set(at, 2), remove(at)],
  "notebook-platform": (at) => [set(at, "notebook-al2-v3"), set(at, "notebook-al1-v1")],
  "remote-session": () => [
    {
      changes: [],
      at: "",
      facts: { ...facts, host: { name: "api.sagemaker.eu-west-1.amazonaws.com", vpcEndpoint: false } },
    },
    { changes: [], at: "", facts: {} },
  ],
  "docker-access": (_, action) => {
    const settings = action === "CreateDomain" ? "DomainSettings" : "DomainSettingsForUpdate";
    const at = `/${settings}/DockerSettings/EnableDockerAccess`;
    return [{ changes: [[`/${settings}/DockerSettings`, { EnableDockerAccess: "ENABLED" }]], at }];
  },
  "mlflow-bucket-owner": (at, action) => [set(at, false), ...(action.startsWith("Create") ? [remove(at)] : [])],
  "resource-policy-public": (at) => [
    remove(at),
    ...[
      "{}",
      "[",
      '{"Statement":[7]}',
      '{"Statement":[],"Statement":[]}',
      '{"Statement":{"Effect":"Allow","Principal":"*","Action":"sagemaker:*","Resource":"*"}}',
      '{"Statement":[{"Effect":"Allow","Principal":{"AWS":["111122223333","*"]},"Action":"*","Resource":"*"}]}',
      '{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"*","Resource":"*","Condition":{}}]}',
      '{"Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"1"},"Action":"*","Resource":"*"}]}',
      '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
      '{"Statement":[{"effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
      '{"Statement":[{"Effect":"allow","Principal":"*","Action":"*","Resource":"*"}]}',
      ...[
        { Bool: { "aws:SecureTransport": "true" } },
        { StringNotEquals: { "aws:PrincipalAccount": "111122223333" } },
        { StringEqualsIfExists: { "aws:SourceVpce": "vpce-0a" } },
        { "ForAllValues:StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } },
        { Null: { "aws:SourceVpce": "false" } },
        { StringEquals: { "aws:PrincipalOrgID": [] } },
        { StringEquals: { "aws:RequestedRegion": "eu-west-1" } },
        { StringLike: { "aws:PrincipalArn": ["arn:aws:iam::111122223333:role/a", "*"] } },
        { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/ml" } },
        { ArnEquals: { "aws:PrincipalArn": "arn:aws:iam::????????????:root" } },
        { IpAddress: { "aws:SourceIp": ["10.0.0.0/8", "0.0.0.0/1"] } },
        { IpAddress: { "aws:SourceIp": "::/0" } },
      ].map((condition) => open(condition)),
      `{"Statement":[]}${" ".repeat(20_480)}`,
    ].map((policy) => set(at, policy)),
  ],
  "cluster-network-interface": (at) => [{ changes: [], at }],
  "presigned-url": () => [
    {
      changes: [],
      at: "",
      facts: { ...facts, host: { name: "api.sagemaker.eu-west-1.amazonaws.com", vpcEndpoint: false } },
    },
    { changes: [], at: "", facts: {} },
  ],
  "domain-vpc-only": (at, action) => [
    set(at, "PublicInternetOnly"),
    ...(action.startsWith("Create") ? [remove(at)] : []),
  ],
  "domain-security-groups": (at) => [remove(at), set(at, [])],
  "vpc-allowed": (at) => [set(at, "vpc-0ffffffffffffffff")],
  "space-remote-access": (at) => [set(at, "ENABLED")],
  "container-internet": (at) => {
    const isolation = at.replace("VpcConfig", "EnableNetworkIsolation");
    return [
      {
        changes: [
          [at, undefined],
          [isolation, undefined],
        ],
        at,
      },
      {
        changes: [
          [at, undefined],
          [isolation, "true"],
        ],
        at,
      },
      {
        changes: [
          [at, { Subnets: [], SecurityGroupIds: [] }],
          [isolation, false],
        ],
        at,
      },
    ];
  },
  "network-isolation": (at) => [remove(at), set(at, false), set(at, "true"), set(at, 1)],
  "isolation-clarify": (place) => {
    // The good bodies of bias and explainability jobs leave the field out.
    if (place === "") return [set("/NetworkConfig/EnableNetworkIsolation", true)];
    const image = place.startsWith("/MonitoringScheduleConfig")
      ? "/MonitoringScheduleConfig/MonitoringJobDefinition/MonitoringAppSpecification/ImageUri"
      : "/AppSpecification/ImageUri";
    const clarify = "131013547314.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-clarify-processing:1.0";
    return [
      {
        changes: [
          [image, clarify],
          [place, true],
        ],
        at: place,
      },
    ];
  },
  "isolation-debugger": () => [
    {
      changes: [
        [
          "/DebugRuleConfigurations",
          [{ RuleConfigurationName: "loss", RuleEvaluatorImage: image, RuleParameters: { action_json: "{}" } }],
        ],
      ],
      at: "/DebugRuleConfigurations/0/RuleParameters/action_json",
    },
  ],
  "isolation-container": (at) => [
    set(at, "520713654638.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-chainer:5.0.0-cpu-py3"),
    set(at, "462105765813.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-rl-ray-container:ray-1.6.0-tf-cpu-py37"),
  ],
  "isolation-ssm": () => [
    set("/ProductionVariants/0/EnableSSMAccess", true),
    {
      changes: [
        ["/EnableNetworkIsolation", undefined],
        ["/ShadowProductionVariants/0/EnableSSMAccess", true],
      ],
      at: "/ShadowProductionVariants/0/EnableSSMAccess",
      facts: { ...facts, models: { "churn-next": { EnableNetworkIsolation: true } } },
    },
  ],
  "serverless-network": () => [
    set("/ProductionVariants/0/ServerlessConfig", { MemorySizeInMB: 2048, MaxConcurrency: 5 }),
    {
      changes: [
        ["/VpcConfig", undefined],
        ["/EnableNetworkIsolation", undefined],
        ["/ShadowProductionVariants/0/ServerlessConfig", { MemorySizeInMB: 2048, MaxConcurrency: 5 }],
      ],
      at: "/ShadowProductionVariants/0/ServerlessConfig",
      facts: { ...facts, models: { "churn-next": { VpcConfig: { Subnets: subnets, SecurityGroupIds: groups } } } },
    },
  ],
  serverless: () => [set("/ProductionVariants/0/ServerlessConfig", { MemorySizeInMB: 2048, MaxConcurrency: 5 })],
  "image-scanned": (at) => [
    set(at, "111122223333.dkr.ecr.eu-west-1.amazonaws.com/other:latest"),
    {
      changes: [],
      at,
      facts: { ...facts, images: { [image]: { verdict: "block", image, findings: [], reason: "CVE-2024-3094" } } },
    },
    { changes: [], at, facts: { ...facts, images: {} } },
  ],
  "image-reference": (_, action) => {
    const name = "arn:aws:sagemaker:eu-west-1:111122223333:algorithm/other";
    const base = { HubContentName: "llm", HubContentVersion: "1" };
    const instead = (holder: string, member: string, value: unknown, at = `${holder}/${member}`): Refused => ({
      changes: [[holder, { [member]: value }]],
      at,
    });
    const inContainers = (list: string) => instead(`${list}/Containers/0`, "BaseModel", base);
    const places: Readonly<Record<string, readonly Refused[]>> = {
      CreateTrainingJob: [
        instead("/AlgorithmSpecification", "AlgorithmName", name),
        instead("/ServerlessJobConfig", "BaseModelArn", name),
      ],
      CreateHyperParameterTuningJob: [instead("/TrainingJobDefinition/AlgorithmSpecification", "AlgorithmName", name)],
      CreateModel: [
        instead("/PrimaryContainer", "ModelPackageName", name),
        { changes: [["/Containers", [{ ModelPackageName: name }]]], at: "/Containers/0/ModelPackageName" },
      ],
      CreateInferenceComponent: [instead("/Specification", "BaseInferenceComponentName", "other")],
      UpdateInferenceComponent: [instead("/Specification", "BaseInferenceComponentName", "other")],
      CreateInferenceRecommendationsJob: [instead("/InputConfig", "ModelPackageVersionArn", name)],
      CreateAlgorithm: [inContainers("/InferenceSpecification")],
      CreateModelPackage: [
        inContainers("/InferenceSpecification"),
        inContainers("/AdditionalInferenceSpecifications/0"),
        {
          changes: [["/SourceAlgorithmSpecification", { SourceAlgorithms: [{ AlgorithmName: name }] }]],
          at: "/SourceAlgorithmSpecification/SourceAlgorithms/0/AlgorithmName",
        },
      ],
      UpdateModelPackage: [
        inContainers("/InferenceSpecification"),
        inContainers("/AdditionalInferenceSpecificationsToAdd/0"),
      ],
    };
    return places[action] ?? [];
  },
  "vpc-endpoint": () =>
    ["CreateTrainingJob", "ListModels", "InvokeEndpoint", "CreateHyperParameterTuningJob"].flatMap(() => [
      {
        changes: [],
        at: "",
        facts: { ...facts, host: { name: "api.sagemaker.eu-west-1.amazonaws.com", vpcEndpoint: false } },
      },
      {
        changes: [],
        at: "",
        facts: {
          ...facts,
          host: { name: "vpce-0a1b2c3dff-9x.api.sagemaker.eu-west-1.vpce.amazonaws.com", vpcEndpoint: true },
        },
      },
    ]),
  "vpc-endpoint-policy": () => [
    {
      changes: [],
      at: "",
      facts: {
        ...facts,
        host: { name: "runtime-fips.sagemaker.us-east-1.amazonaws.com", vpcEndpoint: false, private: true },
      },
    },
  ],
  "processing-vpc": vpcBroken,
  "processing-encryption": (at) => [remove(at), set(at, false), set(at, "true")],
  "training-vpc": (at, action) =>
    at.includes("Override") || action === "UpdateCluster"
      ? [set(at, {}), set(at, { Subnets: subnets })]
      : vpcBroken(at),
  "training-encryption": (at) => [remove(at), set(at, false), set(at, "true")],
  "training-addresses": (at) => [
    { changes: [], at, facts: { ...facts, subnetAddresses: Object.fromEntries(subnets.map((subnet) => [subnet, 1])) } },
  ],
  "remote-debug": () => [
    {
      changes: [["/RemoteDebugConfig", { EnableRemoteDebug: true }]],
      at: "/RemoteDebugConfig/EnableRemoteDebug",
    },
    { changes: [["/RemoteDebugConfig", { EnableRemoteDebug: "true" }]], at: "/RemoteDebugConfig/EnableRemoteDebug" },
  ],
  "job-document": (at) => [
    set(at, "Compute: {}"),
    set(at, "{}"),
    set(at, '{"VpcConfig":{"Subnets":["subnet-0fff"],"SecurityGroupIds":["sg-0a1b2c3d4e5f60718"]}}'),
    set(at, JSON.stringify({ VpcConfig: { Subnets: subnets } })),
    set(
      at,
      JSON.stringify({ VpcConfig: { Subnets: subnets, SecurityGroupIds: groups }, EnableNetworkIsolation: false }),
    ),
    set(at, `{"VpcConfig":{},"VpcConfig":${JSON.stringify({ Subnets: subnets, SecurityGroupIds: groups })}}`),
    remove(at),
  ],
  "pipeline-definition": (at, action) => [
    set(at, "Steps: []"),
    set(at, "{}"),
    set(at, '{"Steps":[],"Steps":[]}'),
    set(at, '{"Steps":[{"Name":"x","Type":"Unheard","Arguments":{}}]}'),
    set(at, '{"Steps":[{"Name":"x","Type":"Condition","Arguments":{"IfSteps":[{"Name":"y","Type":"__proto__"}]}}]}'),
    {
      changes: [
        [at, undefined],
        ["/PipelineDefinitionS3Location", { Bucket: "b", ObjectKey: "k" }],
      ],
      at,
    },
    ...(action === "CreatePipeline" ? [remove(at)] : []),
  ],
  "domain-subnets": (at) => [remove(at), set(at, []), { changes: [["/VpcId", undefined]], at }],
  "workforce-network": (at) => [
    {
      changes: [
        [at, undefined],
        ["/SourceIpConfig", undefined],
      ],
      at,
    },
    {
      changes: [
        [at, {}],
        ["/SourceIpConfig", { Cidrs: ["0.0.0.0/0"] }],
      ],
      at,
    },
  ],
  "workforce-source": (at) => [set(at, ["0.0.0.0/0"]), set(at, [])],
  "workteam-presign": (at) => [remove(at), set(at, { SourceIp: "Disabled" })],
  "model-vpc": vpcBroken,
  "endpoint-vpc": vpcBroken,
  "hosting-zones": (at) => [
    set(at, [subnets[0]]),
    set(at, [subnets[0], subnets[0]]),
    {
      changes: [],
      at,
      facts: { ...facts, subnetZones: Object.fromEntries(subnets.map((subnet) => [subnet, "euw1-az1"])) },
    },
  ],
  "model-registry": (at) => [remove(at), set(at, "Platform")],
  "endpoint-instances": (at) => [set(at, 1), remove(at), set(at, "2")],
  "endpoint-ssm": () => [set("/ProductionVariants/0/EnableSSMAccess", true)],
  "transform-vpc": (at) => [
    set(at, "unknown-model"),
    { changes: [], at, facts: { ...facts, models: { churn: { EnableNetworkIsolation: true } } } },
    {
      changes: [],
      at,
      facts: { ...facts, models: { churn: { VpcConfig: { Subnets: ["subnet-0fff"], SecurityGroupIds: groups } } } },
    },
    set(at, "__proto__"),
    set(at, "constructor"),
  ],
  "transform-isolation": (at) => [
    { changes: [], at, facts: { ...facts, models: { churn: { EnableNetworkIsolation: true } } } },
  ],
  "subnet-allowed": (at) => [set(at, "subnet-0fff"), set(at, 7)],
  "security-group-allowed": (at) => [set(at, "sg-0fff")],
  "volume-key": (at) => [
    remove(at),
    set(at, "alias/aws/sagemaker"),
    set(at, "arn:aws:kms:eu-west-1:111122223333:alias/aws/ebs"),
  ],
  "volume-key-local-storage": (at, action) => {
    const types: (readonly [string, unknown])[] = typePointers(action).map((pointer) => [pointer, "ml.g5.12xlarge"]);
    return [{ changes: types, at }];
  },
  "output-key": (at) => [remove(at), set(at, "alias/aws/s3")],
  "store-key": (at) => [remove(at), set(at, "")],
  "feature-offline-key": (at) => [remove(at)],
  "feature-online-key": (at) => [remove(at)],
};

function set(at: string, value: unknown): Refused {
  return { changes: [[at, value]], at };
}

function remove(at: string): Refused {
  return set(at, undefined);
}

function vpcBroken(at: string): readonly Refused[] {
  return [
    remove(at),
    set(at, {}),
    set(at, { Subnets: subnets, SecurityGroupIds: [] }),
    set(at, { Subnets: subnets[0], SecurityGroupIds: groups }),
    set(at, "vpc-0a1b2c3d4e5f60718"),
  ];
}

function typePointers(action: string): readonly string[] {
  return concrete({ pointer: "instanceType" } as Rule, action);
}

/** The places in the good body that a rule judges; absent ones of the training table's alternatives are left out. */
function concrete(rule: Rule, action: string): readonly string[] {
  const found: string[] = [];
  for (const workload of workloadsOf(action))
    for (const pointer of pointersOf(rule, workload))
      walk(bodies[action], compilePath(workload.at + pointer), (value, keys) => {
        if (value !== undefined || pointer === "") found.push(pointerOf(keys));
      });
  return found;
}

describe("a body that breaks one rule", () => {
  for (const rule of rules) {
    const actions = rule.actions.includes("*")
      ? ["CreateTrainingJob", "CreateHyperParameterTuningJob", "ListModels", "InvokeEndpoint"]
      : rule.actions;
    for (const action of actions)
      it(`${rule.id}: ${action} is refused where the value stands`, () => {
        const places = concrete(rule, action);
        const refused = (places.length === 0 ? [""] : places).flatMap(
          (place) => breaks[rule.id]?.(place, action) ?? [],
        );
        expect(refused.length).toBeGreaterThan(0);
        for (const { changes, at, facts: known } of refused) {
          let body = { ...bodies[action] };
          for (const [pointer, value] of changes) body = change(body, pointer, value);
          const findings = guard.check(action, body, known ?? facts);
          expect(findings).toContainEqual(expect.objectContaining({ rule: rule.id, action, path: at }));
          expect(findings.find((finding) => finding.rule === rule.id)?.message).toMatch(/^[A-Z].*\.$/s);
        }
      });
  }
});

describe("the rule table", () => {
  it("has unique ids, an AWS page first in its references, and a fix for each rule", () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    for (const rule of rules) {
      expect(rule.references[0]).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
      expect(rule.fix).toMatch(/\.$/);
      expect(rule.message).toMatch(/^[A-Z].*[^.]$/);
    }
  });

  it("has a good body for every operation that a rule names", () => {
    const named = new Set(rules.flatMap((rule) => rule.actions));
    named.delete("*");
    expect([...named].filter((action) => bodies[action] === undefined)).toEqual([]);
  });
});
