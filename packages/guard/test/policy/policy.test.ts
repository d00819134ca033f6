import { conditionKeys, evaluate } from "@countersign/testing";
import { describe, expect, it } from "vitest";
import { type EmittedPolicy, GuardError, type Rule, type Topic, createGuard, quotas } from "../../src/index.ts";
import { formRules } from "../../src/evaluate/form.ts";
import { hold } from "../../src/policy/hold.ts";
import { wildcard } from "../../src/wildcard.ts";
import { rules } from "../../src/rules/all-rules.ts";
import { groups, subnets } from "../bodies.ts";

const network = {
  vpcId: "vpc-0a1b2c3d4e5f60718",
  subnets: [...subnets],
  securityGroupIds: [...groups],
  vpcEndpoints: ["vpce-0a1b2c3d"],
};
const guard = createGuard({ posture: "private", network });
const resources = ["arn:aws:sagemaker:eu-west-1:111122223333:*"];
const pairs = (policy: EmittedPolicy): readonly string[] =>
  policy.Statement.flatMap(({ Condition = {} }) =>
    Object.keys(Condition["ForAllValues:StringEquals"] ?? {}).filter((key) => Condition["Null"]?.[key] !== "false"),
  );

describe("an emitted policy", () => {
  it("is the bare document in JSON, with its length, limit and gaps beside it", () => {
    const policy = guard.toIamPolicy();
    expect(Object.keys(policy)).toEqual(["Version", "Statement"]);
    expect(policy).toMatchObject({ length: JSON.stringify(policy).length, limit: 6_144 });
    expect(guard.toScp().limit).toBe(10_240);
    expect(guard.toEndpointPolicy().limit).toBe(20_480);
  });

  it("denies what an exception lets pass", () => {
    const exceptions = [{ rule: "training-vpc", resource: "*", until: "2100-01-01", reason: "reviewed" }];
    const excepted = createGuard({ posture: "private", network, exceptions });
    const found = (made: typeof guard) => made.check("CreateTrainingJob", {}, {}).map(({ rule }) => rule);
    expect(found(guard)).toContain("training-vpc");
    expect(found(excepted)).not.toContain("training-vpc");
    for (const name of ["toIamPolicies", "toScps"] as const)
      expect(JSON.stringify(excepted[name]())).toBe(JSON.stringify(guard[name]()));
  });

  it("says of every rule what it does not hold", () => {
    const { gaps } = guard.toIamPolicy();
    for (const rule of guard.posture.rules.filter(({ policy }) => "unheld" in policy)) {
      const mine = gaps.filter((gap) => gap.rule === rule.id && gap.kind === "unheld");
      expect([rule.id, mine.flatMap(({ actions }) => actions)]).toEqual([rule.id, rule.actions]);
    }
    expect(gaps).toContainEqual({
      rule: "training-vpc",
      kind: "unheld",
      reason: "IAM has no condition key for the field on these operations.",
      actions: [
        "CreateCompilationJob",
        "CreateOptimizationJob",
        "CreateInferenceRecommendationsJob",
        "CreateAIBenchmarkJob",
        "CreateLabelingJob",
      ],
    });
    for (const { reason, actions } of gaps) {
      expect(reason).toMatch(/^[A-Z].*\.$/);
      expect(actions.length).toBeGreaterThan(0);
    }
  });

  it("says that without a network it does not hold where calls come from", () => {
    const bare = createGuard({ posture: "private" }).toIamPolicy();
    expect(bare.gaps.filter(({ rule }) => rule === "vpc-endpoint")).toEqual([
      expect.objectContaining({
        kind: "unheld",
        actions: ["*"],
        reason: expect.stringContaining("vpcEndpoints") as string,
      }),
    ]);
    expect(JSON.stringify(bare)).not.toContain("aws:SourceVpc");
    expect(JSON.stringify(createGuard({ posture: "private", network: { vpcId: network.vpcId } }).toScp())).toContain(
      "aws:SourceVpc",
    );
  });

  it("grants nothing, except for sessions and endpoints", () => {
    for (const posture of ["baseline", "private", "locked"] as const) {
      const made = createGuard({ posture });
      for (const policy of [made.toIamPolicy(), made.toScp()])
        expect(policy.Statement.every(({ Effect }) => Effect === "Deny")).toBe(true);
    }
  });

  it("fits where it belongs for every posture with a whole network, in two parts at most", () => {
    for (const posture of ["baseline", "private", "locked"] as const) {
      const made = createGuard({ posture, network });
      expect(made.toIamPolicies().length).toBeLessThanOrEqual(posture === "locked" ? 2 : 1);
      const topics = [...new Set(rules.map(({ topic }) => topic))];
      for (const part of [
        // Only the last posture has a rule about encryption that IAM can hold.
        ...(posture === "locked" ? [topics.filter((topic) => topic === "encryption-at-rest")] : []),
        topics.filter((topic) => topic !== "encryption-at-rest"),
      ])
        expect(made.toScp({ topics: part }).length).toBeLessThanOrEqual(10_240);
    }
    expect(createGuard({ posture: "locked", network }).toScp().length).toBeLessThan(10_240);
  });

  it.each<[string, Topic[] | undefined, string, string]>([
    ["of a topic that IAM does not see", ["container-scan"], "topics", "image-scanned: IAM does not see scan results"],
    ["of a topic that needs a network", ["vpc-endpoint"], "topics", "vpc-endpoint: The network option names neither"],
    ["of no topic", [], "topics", "name other topics: this posture has no rule of these"],
    ["of a posture that IAM does not see", undefined, "posture", "image-scanned: IAM does not see scan results"],
  ])("that would deny nothing is refused: %s", (_, topics, field, why) => {
    const unseen = { name: "scans", rules: rules.filter(({ topic }) => topic === "container-scan") };
    const made = createGuard({ posture: topics === undefined ? unseen : "private" });
    const options = topics === undefined ? undefined : { topics };
    for (const name of ["toIamPolicy", "toIamPolicies", "toScp", "toScps"] as const)
      expect(() => made[name](options)).toThrow(
        expect.objectContaining({
          code: "INVALID_OPTION",
          message: expect.stringContaining(
            `${field}: must have a rule that IAM can hold, or the policy would deny nothing; ${why}`,
          ),
        }),
      );
    const one = createGuard({ posture: "private", network }).toIamPolicy({
      topics: ["vpc-endpoint", "container-scan"],
    });
    expect(one.Statement).not.toEqual([]);
  });

  it("that is too long is an error that says how long, and what to do", () => {
    const wide = createGuard({
      posture: "private",
      network: { subnets: Array.from({ length: 600 }, (_, index) => `subnet-${index}`) },
    });
    expect(() => wide.toScp()).toThrow(
      /service control policy: must have at most 10240 characters, and has \d+\. Emit it in parts with toScps/,
    );
    expect(() => wide.toScp()).toThrow(GuardError);
  });
});

describe("a difference between a rule and its policy is a gap", () => {
  const host = (name: string, vpcEndpoint: boolean) => ({ host: { name, vpcEndpoint, private: !vpcEndpoint } });
  const document = { VpcConfig: { Subnets: [...subnets], SecurityGroupIds: [...groups] } };
  const job = (config: object) => ({ JobName: "a", JobConfigDocument: JSON.stringify(config) });
  const other = { "aws:SourceVpce": "vpce-0fffffff", "aws:SourceVpc": "vpc-0ffff" };

  it.each<[string, string, string, object, object, object, string]>([
    [
      "a private address",
      "vpc-endpoint",
      "ListModels",
      {},
      host("api.sagemaker.eu-west-1.amazonaws.com", false),
      other,
      "stricter",
    ],
    [
      "an unknown host",
      "presigned-url",
      "CreatePresignedDomainUrl",
      {},
      {},
      { "aws:SourceVpce": "vpce-0a1b2c3d" },
      "looser",
    ],
    [
      "an unknown host of a session",
      "remote-session",
      "StartSession",
      {},
      {},
      { "aws:SourceVpce": "vpce-0a1b2c3d" },
      "looser",
    ],
    [
      "a document without isolation",
      "job-document",
      "CreateJob",
      job({ ...document, EnableNetworkIsolation: false }),
      {},
      {},
      "looser",
    ],
    [
      "a document with half a VPC",
      "job-document",
      "CreateJob",
      job({ ...document, more: { VpcConfig: {} } }),
      {},
      {},
      "looser",
    ],
  ])("%s (%s)", (_, rule, action, input, facts, context, kind) => {
    const own = createGuard({ posture: { name: rule, rules: rules.filter(({ id }) => id === rule) }, network });
    const refused = own.check(action, input, facts).some((finding) => finding.rule === rule);
    const policy = own.toIamPolicy();
    const denied =
      evaluate({
        policies: [{ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } }, policy],
        action: `sagemaker:${action}`,
        resource: "*",
        context: { ...conditionKeys(action, input as Record<string, unknown>), ...context },
      }) === "explicitDeny";
    expect([refused, denied]).toEqual(kind === "looser" ? [true, false] : [false, true]);
    expect(policy.gaps).toContainEqual(expect.objectContaining({ rule, kind }));
  });

  it("the document of a job names allowed subnets and groups only, for the policy too", () => {
    const allow = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } } as const;
    const decide = (config: object) =>
      evaluate({
        policies: [allow, guard.toIamPolicy()],
        action: "sagemaker:CreateJob",
        resource: "*",
        context: { ...conditionKeys("CreateJob", job(config)), "aws:SourceVpce": "vpce-0a1b2c3d" },
      });
    expect(decide(document)).toBe("allow");
    expect(decide({ VpcConfig: { ...document.VpcConfig, Subnets: ["subnet-x"] } })).toBe("explicitDeny");
    expect(decide({ deep: { VpcConfig: { ...document.VpcConfig, SecurityGroupIds: ["sg-x"] } } })).toBe("explicitDeny");
  });

  it("a policy for the endpoint of another service names every rule", () => {
    for (const service of ["sagemaker-runtime", "s3"] as const) {
      const unheld = guard.toEndpointPolicy({ service }).gaps.filter(({ kind }) => kind === "unheld");
      const named = new Set(unheld.map(({ rule }) => rule));
      const all = [...Object.values(formRules), ...guard.posture.rules].map(({ id }) => id);
      expect(all.filter((id) => !named.has(id))).toEqual([]);
    }
  });

  it("calls of the geospatial service come from the network too", () => {
    const asked = { action: "sagemaker-geospatial:ListRasterDataCollections", resource: "*", context: {} };
    const allow = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } } as const;
    expect(evaluate({ policies: [allow, guard.toScp()], ...asked })).toBe("explicitDeny");
    const session = guard.toSessionPolicy({ actions: ["sagemaker-geospatial:*"], resources });
    expect(evaluate({ policies: [session], ...asked })).toBe("explicitDeny");
  });
});

describe("a rule of the caller's own", () => {
  const model = rules.find(({ id }) => id === "model-vpc");
  const own = (changes: Partial<Rule>) =>
    createGuard({
      posture: { name: "own", rules: [{ ...(model as Rule), id: "own", pointer: "", holds: () => false, ...changes }] },
    });
  const source = { operator: "StringEquals", key: "aws:SourceVpc", values: ["vpc-0a"] } as const;

  it.each([
    "CreateModel",
    "createmodel",
    "create-model",
    "sagemaker:CreateModel",
    "SageMaker.CreateModel",
    "sagemaker:*",
  ])("for %s judges and denies the operation", (name) => {
    const made = own({ actions: [name], policy: { conditions: () => [source] } });
    expect(made.check("CreateModel", {}).map(({ rule }) => rule)).toContain("own");
    const [statement] = made.toIamPolicy().Statement;
    expect([statement?.Action].flat()).toContain(name.endsWith("*") ? "sagemaker:*" : "sagemaker:CreateModel");
  });

  it.each(["Create*", "sagemaker:Create*", "", "s3:GetObject", "CreateModel "])("for %j is refused", (name) => {
    expect(() => own({ actions: [name] })).toThrow(
      /^posture\.rules\[0\]\.actions\[0\]: must be \* or the name of an operation/,
    );
  });

  it("for an operation that is newer than the model is found in any spelling", () => {
    const made = own({ actions: ["sagemaker:Create-Quantum-Job"] });
    expect(made.check("CreateQuantumJob", {}).map(({ rule }) => rule)).toContain("own");
  });

  it("with a condition for one of its operations names the other one", () => {
    const conditions = (_: unknown, action: string) => (action === "CreateModel" ? [source] : []);
    const { gaps } = own({ actions: ["CreateModel", "DeleteModel"], policy: { conditions } }).toIamPolicy();
    expect(gaps).toContainEqual(expect.objectContaining({ rule: "own", kind: "unheld", actions: ["DeleteModel"] }));
  });

  it("keeps both conditions where they have one operator, and gives a Deny a name that IAM takes", () => {
    const when = { Null: { "aws:ViaAWSService": "true" } } as const;
    const conditions = () => [
      { operator: "Null", key: "aws:RequestTag/team", values: ["false"], when } as const,
      { ...source, ifPresent: true, when } as const,
    ];
    expect(own({ policy: { conditions } }).toIamPolicy().Statement).toMatchObject([
      { Sid: "DenyRequestTagteam", Condition: { Null: { "aws:RequestTag/team": "true", ...when.Null } } },
      {
        Condition: { StringNotEquals: { "aws:SourceVpc": "vpc-0a" }, Null: { "aws:SourceVpc": "false", ...when.Null } },
      },
    ]);
  });
});

describe("policies in parts", () => {
  it("are each within the quota, and together have every statement once, with names that are unique", () => {
    const whole = createGuard({
      posture: "locked",
      network: { ...network, subnets: Array.from({ length: 120 }, (_, index) => `subnet-${index}`) },
    });
    for (const parts of [whole.toIamPolicies(), whole.toScps(), whole.toScps({ topics: ["notebook"] })]) {
      for (const part of parts) {
        expect(part.length).toBe(JSON.stringify(part).length);
        expect(part.length).toBeLessThanOrEqual(part.limit);
        expect(part.Statement.length).toBeGreaterThan(0);
      }
      const sids = parts.flatMap((part) => part.Statement.map(({ Sid }) => Sid));
      expect(new Set(sids).size).toBe(sids.length);
      for (const sid of sids) expect(sid).toMatch(/^[A-Za-z0-9]{1,64}$/);
    }
    expect(whole.toIamPolicies().length).toBeGreaterThan(1);
    const statements = whole.toScps().flatMap(({ Statement }) => Statement);
    const again = whole.toIamPolicies().flatMap(({ Statement }) => Statement);
    expect(new Set(again.map((entry) => JSON.stringify(entry)))).toEqual(
      new Set(statements.map((entry) => JSON.stringify(entry))),
    );
  });

  it("are refused where a single statement is too long", () => {
    const subnets = Array.from({ length: 600 }, (_, index) => `subnet-${index}`);
    expect(() => createGuard({ posture: "private", network: { subnets } }).toIamPolicies()).toThrow(
      /at most 6144 characters/,
    );
  });

  it("have limits with a source and a day", () => {
    for (const { characters, source, asOf } of Object.values(quotas)) {
      expect(characters).toBeGreaterThan(2_000);
      expect(source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
      expect(asOf).toMatch(/^20\d\d-\d\d-\d\d$/);
    }
  });
});

describe("a session policy", () => {
  it("always contains the Allow, with its conditions on it", () => {
    const policy = guard.toSessionPolicy({
      actions: ["sagemaker:CreateModel", "sagemaker:InvokeEndpoint", "s3:GetObject"],
      resources,
    });
    expect(policy.Statement).toEqual([
      {
        Effect: "Allow",
        Action: "sagemaker:CreateModel",
        Resource: resources[0],
        Condition: {
          Bool: { "sagemaker:NetworkIsolation": "true" },
          Null: { "sagemaker:VpcSubnets": "false", "sagemaker:VpcSecurityGroupIds": "false" },
          "ForAllValues:StringEquals": { "sagemaker:VpcSubnets": subnets, "sagemaker:VpcSecurityGroupIds": groups[0] },
        },
      },
      { Effect: "Allow", Action: ["sagemaker:InvokeEndpoint", "s3:GetObject"], Resource: resources[0] },
      {
        Effect: "Deny",
        Action: ["sagemaker:*", "sagemaker-geospatial:*"],
        Resource: "*",
        Condition: {
          StringNotEquals: { "aws:SourceVpce": "vpce-0a1b2c3d" },
          BoolIfExists: { "aws:ViaAWSService": "false" },
        },
      },
    ]);
    expect(policy.length).toBeLessThanOrEqual(policy.limit);
  });

  it("pairs ForAllValues with Null, for it is true of what is absent", () => {
    for (const action of [
      "CreateTrainingJob",
      "CreateModel",
      "CreateProcessingJob",
      "CreateAutoMLJobV2",
      "CreateNotebookInstance",
      "CreateCluster",
    ])
      expect(pairs(guard.toSessionPolicy({ actions: [`sagemaker:${action}`], resources }))).toEqual([]);
  });

  it("is silent about no rule: each is held for each of its actions, or a gap", () => {
    const { gaps } = hold(rules, network);
    const silent = rules.flatMap(({ id, actions, policy }) =>
      actions
        .filter((action) => "unheld" in policy || policy.conditions(network, action).length === 0)
        .filter(
          (action) => !gaps.some((gap) => gap.rule === id && gap.kind === "unheld" && gap.actions.includes(action)),
        )
        .map((action) => `${id} ${action}`),
    );
    expect(silent).toEqual([]);
  });

  it("lists only the gaps of its own actions", () => {
    const { gaps } = guard.toSessionPolicy({ actions: ["sagemaker:CreateCompilationJob"], resources });
    expect([...new Set(gaps.map(({ rule }) => rule))]).toEqual([
      ...Object.keys(formRules).filter((id) => id !== "pipeline-step"),
      "vpc-endpoint",
      "training-vpc",
      "subnet-allowed",
      "security-group-allowed",
    ]);
  });

  it("that does not fit names policyArns as the way out", () => {
    const all = () => guard.toSessionPolicy({ actions: ["sagemaker:*"], resources });
    expect(all).toThrow(GuardError);
    expect(all).toThrow(/at most 2048 characters.*policyArns/);
    expect(all).toThrow(expect.objectContaining({ code: "POLICY_TOO_LARGE", findings: [] }));
  });

  it.each([
    [{ actions: [], resources }, /^actions: must be a list with at least one entry/],
    [{ actions: ["sagemaker:*"], resources: [] }, /^resources: must be a list with at least one entry/],
    [{ actions: "sagemaker:*", resources }, /^actions: must be a list/],
    [{ actions: ["CreateModel"], resources }, /^actions\[0\]: must be an action such as/],
    [{ actions: ["*:CreateModel"], resources }, /^actions\[0\]: must be an action/],
    [{ actions: ['sagemaker:X","Resource":"*'], resources }, /^actions\[0\]: must be an action/],
    [{ actions: ["sagemaker:CreateModel"], resources: ["bucket"] }, /^resources\[0\]: must be an ARN/],
  ])("refuses lists that are not of IAM's form: %j", (options, message) => {
    expect(() => guard.toSessionPolicy(options as { actions: string[]; resources: string[] })).toThrow(message);
  });
});

describe("an endpoint policy", () => {
  it("lets through whom it names, within the posture", () => {
    const policy = guard.toEndpointPolicy({ organizationId: "o-a1b2c3d4e5", accounts: ["111122223333"] });
    expect(policy.Statement[0]).toEqual({
      Effect: "Allow",
      Principal: "*",
      Action: ["sagemaker:*"],
      Resource: "*",
      Condition: { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5", "aws:PrincipalAccount": ["111122223333"] } },
    });
    expect(policy.Statement.length).toBeGreaterThan(10);
    expect(policy.Statement.every(({ Principal }) => Principal === "*")).toBe(true);
  });

  it("of the runtime lets invocations through", () => {
    expect(
      guard.toEndpointPolicy({
        service: "sagemaker-runtime",
        resources: ["arn:aws:sagemaker:us-west-2:123456789012:endpoint/e"],
      }).Statement,
    ).toEqual([
      {
        Effect: "Allow",
        Principal: "*",
        Action: [
          "sagemaker:InvokeEndpoint",
          "sagemaker:InvokeEndpointAsync",
          "sagemaker:InvokeEndpointWithResponseStream",
        ],
        Resource: ["arn:aws:sagemaker:us-west-2:123456789012:endpoint/e"],
      },
    ]);
  });

  it("of S3 keeps the package repositories of Amazon Linux out of reach", () => {
    const policy = guard.toEndpointPolicy({ service: "s3" });
    const denied = policy.Statement.filter(({ Effect }) => Effect === "Deny");
    const denies = (action: string, resource: string): boolean =>
      denied.some(({ Action, Resource }) =>
        [Resource].flat().some((pattern) => wildcard(pattern)(resource) && wildcard([Action].flat()[0] ?? "")(action)),
      );
    for (const bucket of [
      "packages.eu-west-1.amazonaws.com",
      "repo.eu-west-1.amazonaws.com",
      "amazonlinux.eu-west-1.amazonaws.com",
      "amazonlinux-2-repos-eu-west-1",
      "al2023-repos-eu-west-1-de612dc2",
    ])
      for (const action of ["s3:GetObject", "s3:GetObjectVersion"])
        expect(denies(action, `arn:aws:s3:::${bucket}/core/repomd.xml`)).toBe(true);
    expect(denies("s3:GetObject", "arn:aws:s3:::ml-data/al2023-repos-eu-west-1/a")).toBe(false);
    expect(denies("s3:PutObject", "arn:aws:s3:::al2023-repos-eu-west-1-de612dc2/a")).toBe(false);
  });

  it("refuses services it does not know", () => {
    expect(() => guard.toEndpointPolicy({ service: "sts" as "s3" })).toThrow(/^service: must be "sagemaker" or/);
  });
});
