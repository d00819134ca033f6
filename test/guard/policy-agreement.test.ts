import { type Facts, type Guard, type Rule, createGuard, postures } from "@countersign/guard";
import { type PolicyContext, conditionKeys, evaluate } from "@countersign/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bodies, change, groups, subnets } from "../../packages/guard/test/bodies.ts";

const network = {
  vpcId: "vpc-0a1b2c3d4e5f60718",
  subnets: [...subnets],
  securityGroupIds: [...groups],
  vpcEndpoints: ["vpce-0a1b2c3d"],
};
const everything = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } } as const;

/** A rule that a policy can hold, with the guard and the policy of that rule alone. */
interface Held {
  readonly rule: Rule;
  readonly guard: Guard;
  readonly policy: ReturnType<Guard["toIamPolicy"]>;
  readonly unheld: ReadonlySet<string>;
}

const held: readonly Held[] = postures.locked.rules
  .filter(({ policy }) => "conditions" in policy)
  .map((rule) => {
    const guard = createGuard({ posture: { name: rule.id, rules: [rule] }, network });
    const policy = guard.toIamPolicy();
    const blind = policy.gaps.filter(({ kind }) => kind === "unheld").flatMap(({ actions }) => actions);
    return { rule, guard, policy, unheld: new Set(blind) };
  });

const topics = [...new Set(postures.locked.rules.map(({ topic }) => topic))];
const locked = createGuard({ posture: "locked", network });
const parts = [locked.toIamPolicy({ topics: topics.slice(0, 5) }), locked.toIamPolicy({ topics: topics.slice(5) })];

/** What a field may hold besides its good value: nothing, or something the posture refuses. */
const wrong: readonly (readonly [name: RegExp, values: readonly unknown[]])[] = [
  [/\/(?:Override)?VpcConfig$/, [undefined]],
  [
    /\/(?:Subnets|SubnetIds)$/,
    [["subnet-0fffffffffffffffff"], [subnets[0], "subnet-0fffffffffffffffff"], [subnets[0]]],
  ],
  [/\/SubnetId$/, [undefined, "subnet-0fffffffffffffffff"]],
  [/\/(?:SecurityGroupIds|SecurityGroups)$/, [["sg-0fffffffffffffffff"], [...groups, "sg-0fffffffffffffffff"]]],
  [/^\/SecurityGroupIds$/, [undefined]],
  [/\/EnableNetworkIsolation$/, [undefined, false]],
  [/\/EnableInterContainerTrafficEncryption$/, [undefined, false]],
  [/\/EnableRemoteDebug$/, [true]],
  [/\/DirectInternetAccess$/, [undefined, "Enabled"]],
  [/\/RootAccess$/, [undefined, "Enabled"]],
  [/\/MinimumInstanceMetadataServiceVersion$/, ["1"]],
  [/\/InstanceMetadataServiceConfiguration$/, [undefined]],
  [/\/AppNetworkAccessType$/, [undefined, "PublicInternetOnly"]],
  [/\/RemoteAccess$/, [undefined, "ENABLED"]],
  [/\/(?:VolumeKmsKeyId|KmsKeyId|KmsKey|S3KmsKeyId)$/, [undefined, "alias/aws/sagemaker"]],
  [/\/InstanceCount$/, [1]],
  [/\/InstanceType$/, ["ml.p5.48xlarge", "ml.m5d.4xlarge"]],
  [/\/EnableOnlineStore$/, [false]],
  [/\/StorageType$/, ["InMemory"]],
  [/\/OnlineStoreConfig$|\/OfflineStoreConfig$/, [undefined]],
  [/\/LabelingJobAlgorithmsConfig$/, [undefined]],
  [/\/(?:DefaultUserSettings|DefaultSpaceSettings|DomainSettings)$/, [undefined]],
  [/^\/Specification$/, [undefined]],
];

/** Every request that differs from a good one in the fields above, deepest first so that no change lands in nothing. */
const requests: fc.Arbitrary<{ action: string; input: Record<string, unknown>; through: string | undefined }> = fc
  .constantFrom(...Object.keys(bodies))
  .chain((action) => {
    const places = pointers(bodies[action] ?? {}).flatMap((pointer) => {
      const values = wrong.filter(([name]) => name.test(pointer)).flatMap(([, found]) => found);
      return values.length === 0 ? [] : [{ pointer, values }];
    });
    const changes = fc.tuple(
      ...places.map(({ pointer, values }) =>
        fc.option(fc.constantFrom(...values.map((value) => ({ pointer, value }))), { freq: 2, nil: undefined }),
      ),
    );
    const serverless = fc.constantFrom(undefined, undefined, { MemorySizeInMB: 2048, MaxConcurrency: 5 });
    const through = fc.constantFrom("vpce-0a1b2c3d", "vpce-0fffffff", undefined);
    return fc.tuple(changes, serverless, through).map(([made, config, endpoint]) => {
      let input = structuredClone({ ...bodies[action] }) as Record<string, unknown>;
      for (const one of made.filter((entry) => entry !== undefined).toReversed())
        input = change(input, one.pointer, one.value);
      if (action === "CreateEndpointConfig" && config !== undefined)
        input = change(input, "/ProductionVariants/0/ServerlessConfig", config);
      return { action, input, through: endpoint };
    });
  });

function pointers(value: unknown, at = ""): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [`${at}/${name}`, ...pointers(inner, `${at}/${name}`)]);
}

/** What IAM would be told: the evaluator's own reading of the request, and the keys it has no reading of. */
function contextOf(action: string, input: Record<string, unknown>, through: string | undefined): PolicyContext {
  const context: Record<string, PolicyContext[string]> = { ...conditionKeys(action, input) };
  const at = (...path: string[]): unknown =>
    path.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], input);
  const add = (key: string, value: unknown): void => {
    if (value !== undefined) context[key] = value as PolicyContext[string];
  };
  if (action.endsWith("Space")) add("sagemaker:RemoteAccess", at("SpaceSettings", "RemoteAccess"));
  if (action === "CreateEndpointConfig") {
    add("sagemaker:ServerlessMaxConcurrency", at("ProductionVariants", "0", "ServerlessConfig", "MaxConcurrency"));
    add("sagemaker:ServerlessMemorySize", at("ProductionVariants", "0", "ServerlessConfig", "MemorySizeInMB"));
  }
  if (action === "CreateFeatureGroup") {
    add("sagemaker:FeatureGroupOfflineStoreConfig", at("OfflineStoreConfig") !== undefined);
    add("sagemaker:FeatureGroupEnableOnlineStore", at("OnlineStoreConfig", "EnableOnlineStore") === true);
    add("sagemaker:FeatureGroupOfflineStoreKmsKeyArn", at("OfflineStoreConfig", "S3StorageConfig", "KmsKeyId"));
    add("sagemaker:FeatureGroupOnlineStoreKmsKeyArn", at("OnlineStoreConfig", "SecurityConfig", "KmsKeyId"));
  }
  if (action === "CreateJob") {
    const document = JSON.parse(String(input["JobConfigDocument"])) as {
      Compute?: { VpcConfig?: Record<string, string[]> };
    };
    add("sagemaker:VpcSubnets", document.Compute?.VpcConfig?.["Subnets"]);
    add("sagemaker:VpcSecurityGroupIds", document.Compute?.VpcConfig?.["SecurityGroupIds"]);
  }
  add("aws:SourceVpce", through);
  add("aws:ViaAWSService", false);
  return context;
}

function factsOf(through: string | undefined): Facts {
  return {
    host:
      through === undefined
        ? { name: "api.sagemaker.eu-west-1.amazonaws.com", vpcEndpoint: false }
        : { name: `${through}-9x8y7z6w.api.sagemaker.eu-west-1.vpce.amazonaws.com`, vpcEndpoint: true },
  };
}

/** Requests that chance makes too seldom to be sure of. */
const rare: [{ action: string; input: Record<string, unknown>; through: string | undefined }][] = [
  ["CreateFeatureGroup", "/OnlineStoreConfig/SecurityConfig/KmsKeyId"] as const,
  ["CreateFeatureGroup", "/OfflineStoreConfig/S3StorageConfig/KmsKeyId"] as const,
].map(([action, pointer]) => [{ action, input: change(bodies[action] ?? {}, pointer, undefined), through: undefined }]);

/** What became of a rule over all requests. */
interface Tally {
  refused: number;
  passed: number;
  looser: number;
  stricter: number;
}

/** Says how guard and policy of one rule compare on one request; gaps that the rule declares are not differences. */
function compare({ rule }: Held, refused: boolean, denied: boolean): keyof Tally | "differ" {
  const gap = rule.policy as { readonly looser?: string; readonly stricter?: string };
  if (refused === denied) return refused ? "refused" : "passed";
  if (refused) return gap.looser === undefined ? "differ" : "looser";
  return gap.stricter === undefined ? "differ" : "stricter";
}

describe("the emitted policy and the guard", () => {
  it("refuse the same requests wherever a condition key exists, over 10,000 of them", { timeout: 240_000 }, () => {
    const tallies = new Map<string, Tally>(
      held.map(({ rule }) => [rule.id, { refused: 0, passed: 0, looser: 0, stricter: 0 }]),
    );
    fc.assert(
      fc.property(requests, ({ action, input, through }) => {
        const query = { action: `sagemaker:${action}`, resource: "*", context: contextOf(action, input, through) };
        const denies = (policy: Held["policy"]): boolean =>
          evaluate({ policies: [everything, policy], ...query }) === "explicitDeny";
        const differing: string[] = [];
        let any = false;
        for (const one of held) {
          const denied = denies(one.policy);
          any ||= denied;
          const mine = (one.rule.actions.includes(action) || one.rule.actions.includes("*")) && !one.unheld.has(action);
          const refused = mine && one.guard.check(action, input, factsOf(through)).length > 0;
          const outcome = mine ? compare(one, refused, denied) : denied ? "differ" : undefined;
          const tally = tallies.get(one.rule.id);
          if (outcome === "differ")
            differing.push(`${one.rule.id}: guard ${String(refused)}, policy ${String(denied)}`);
          else if (outcome !== undefined && tally !== undefined) tally[outcome]++;
        }
        expect(differing).toEqual([]);
        // A policy, whole or in parts, refuses what the policies of its rules refuse, and nothing else.
        expect(parts.some(denies)).toBe(any);
      }),
      { numRuns: 10_000, examples: rare },
    );

    // Every rule was seen to refuse and to pass, and what gaps excuse is the exception.
    const idle = [...tallies].filter(
      ([id, { refused, passed }]) => passed === 0 || (refused === 0 && id !== "job-document"),
    );
    expect(idle).toEqual([]);
    const loose = [...tallies].filter(
      ([, { refused, passed, looser, stricter }]) => looser + stricter > refused + passed,
    );
    expect(loose).toEqual([]);
  });
});
