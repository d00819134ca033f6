import { Agent, request as httpsRequest } from "node:https";
import { createGuard, type Guard, postures, type Rule } from "@countersign/guard";
import { applySignature, signRequest } from "@countersign/signer";
import { type Aws, conditionKeys, evaluate, type PolicyDocument, startAws } from "@countersign/testing";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { factsOf, type GeneratedRequest, network, rare, requests } from "../guard/requests.ts";

const everything: PolicyDocument = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "*", Resource: "*" },
};

type Emitted = ReturnType<Guard["toIamPolicy"]>;

/** The committed run is small; `COUNTERSIGN_RUNS=10000 npm run vitest -- installed-policies` is the whole one. */
const runs = Number(process.env["COUNTERSIGN_RUNS"] ?? 300);

/** Another one each time. The titles name it: `COUNTERSIGN_SEED` repeats a run. */
const seed = Number(process.env["COUNTERSIGN_SEED"] ?? Date.now() % 2 ** 31);

/** Milliseconds: enough for a busy machine. */
const timeout = 60_000 + runs * 90;

/** How a policy that the guard emits is installed. */
const installations = {
  "service control policy": {
    emit: (guard: Guard): Emitted => guard.toScp(),
    layers: (policy: Emitted) => ({ serviceControlPolicies: [policy, everything], identityPolicies: [everything] }),
  },
  "VPC endpoint policy": {
    emit: (guard: Guard): Emitted => guard.toEndpointPolicy(),
    layers: (policy: Emitted) => ({ endpointPolicy: policy, identityPolicies: [everything] }),
  },
  "session policy": {
    emit: (guard: Guard): Emitted => guard.toSessionPolicy({ actions: ["sagemaker:*"], resources: ["*"] }),
    layers: (policy: Emitted) => ({ identityPolicies: [everything], sessionPolicies: [policy] }),
  },
} as const;

interface Installed {
  readonly rule: Rule;
  readonly guard: Guard;
  readonly policy: Emitted;
  readonly unheld: ReadonlySet<string>;
}

function installed(emit: (guard: Guard) => Emitted): readonly Installed[] {
  return postures.locked.rules
    .filter(({ policy }) => "conditions" in policy)
    .map((rule) => {
      const guard = createGuard({ posture: { name: rule.id, rules: [rule] }, network });
      const policy = emit(guard);
      const blind = policy.gaps.filter(({ kind }) => kind === "unheld").flatMap(({ actions }) => actions);
      return { rule, guard, policy, unheld: new Set(blind) };
    });
}

const contextOf = ({ action, input, through }: GeneratedRequest) => ({
  ...conditionKeys(action, input),
  "aws:SourceVpce": through,
  "aws:ViaAWSService": false,
});

describe.each(Object.entries(installations))("the guard's policy as a %s", (type, { emit, layers }) => {
  it(`refuses what the guard refuses, minus gaps, over ${runs} requests of seed ${seed}`, { timeout }, () => {
    const rules = installed(emit);
    const seen = { refused: 0, passed: 0 };
    fc.assert(
      fc.property(requests, (request) => {
        const { action, input, through } = request;
        const query = {
          action: `sagemaker:${action}`,
          resource: "*",
          context: contextOf(request),
          principal: "arn:aws:iam::123456789012:user/a",
        };
        const differing = rules.flatMap(({ rule, guard, policy, unheld }) => {
          const verdict = evaluate({ ...layers(policy), ...query });
          const denied = verdict.decision !== "allow";
          // The refusal names the kind of policy and the statement that the guard wrote.
          if (denied && (verdict.policyType !== type || verdict.statement === undefined))
            return [`${rule.id}: unnamed`];
          const mine = (rule.actions.includes(action) || rule.actions.includes("*")) && !unheld.has(action);
          const refused = mine && guard.check(action, input, factsOf(through)).some(({ rule: id }) => id === rule.id);
          seen[denied ? "refused" : "passed"] += 1;
          const gap = rule.policy as { readonly looser?: string; readonly stricter?: string };
          const excused = refused ? gap.looser !== undefined : mine && gap.stricter !== undefined;
          return refused === denied || excused ? [] : [`${rule.id}: guard ${refused}, policy ${denied}`];
        });
        expect(differing).toEqual([]);
      }),
      { numRuns: runs, seed, examples: rare },
    );
    expect(Math.min(seen.refused, seen.passed)).toBeGreaterThan(runs / 10);
  });
});

// SageMaker is not a service of resource control policies: theirs are the services that its jobs use.
const neighbours = {
  "s3:GetObject": "arn:aws:s3:::data/key",
  "s3:PutObject": "arn:aws:s3:::data/key",
  "kms:Decrypt": "arn:aws:kms:us-east-1:123456789012:key/k",
  "secretsmanager:GetSecretValue": "arn:aws:secretsmanager:us-east-1:123456789012:secret:s",
  "sqs:SendMessage": "arn:aws:sqs:us-east-1:123456789012:q",
  "sts:AssumeRole": "arn:aws:iam::123456789012:role/r",
} as const;

describe("the guard's policy as a resource control policy", () => {
  const organizationId = "o-a1b2c3d4e5";
  const guard = createGuard({ posture: "locked", network });

  it(
    `refuses what the guard's network and organization refuse, over ${runs} requests of seed ${seed}`,
    { timeout },
    () => {
      const policy = guard.toRcp({ organizationId });
      const seen = { refused: 0, passed: 0 };
      const asked = fc.record({
        request: requests,
        action: fc.constantFrom(...(Object.keys(neighbours) as (keyof typeof neighbours)[])),
        organization: fc.constantFrom(organizationId, "o-zzzzzzzzzz", undefined),
        isService: fc.boolean(),
        through: fc.constantFrom(...network.vpcEndpoints, "vpce-0fffffff", undefined),
      });
      fc.assert(
        fc.property(asked, ({ request, action, organization, isService, through }) => {
          const outside = guard
            .check(request.action, request.input, factsOf(through))
            .some(({ rule }) => rule === "vpc-endpoint");
          const wanted = !isService && (outside || organization !== organizationId);
          const verdict = evaluate({
            resourceControlPolicies: [policy, everything],
            identityPolicies: [everything],
            action,
            resource: neighbours[action],
            principal: "arn:aws:iam::123456789012:user/a",
            context: {
              "aws:SourceVpce": through,
              "aws:ViaAWSService": false,
              "aws:PrincipalIsAWSService": isService,
              "aws:PrincipalOrgID": organization,
            },
          });
          seen[wanted ? "refused" : "passed"] += 1;
          expect([verdict.decision !== "allow", verdict.policyType]).toEqual([
            wanted,
            wanted ? "resource control policy" : "identity-based policy",
          ]);
        }),
        { numRuns: runs, seed },
      );
      expect(Math.min(seen.refused, seen.passed)).toBeGreaterThan(runs / 10);
    },
  );

  it("is enforced by the local AWS, whose accounts are one organization", async () => {
    const buckets = ["a", "b"];
    for (const organization of [organizationId, "o-zzzzzzzzzz"]) {
      const rules = postures.locked.rules.filter(({ id }) => id !== "vpc-endpoint");
      const open = createGuard({ posture: { name: "from-anywhere", rules }, network });
      const resourceControlPolicies = [open.toRcp({ organizationId: organization })];
      const aws = await startAws({ resourceControlPolicies });
      const statuses = await Promise.all(buckets.map((bucket) => putObject(aws, bucket)));
      await aws.close();
      expect(statuses).toEqual(buckets.map(() => (organization === organizationId ? 200 : 403)));
    }
  });

  function putObject(aws: Aws, bucket: string): Promise<number> {
    const plain = { method: "PUT", url: `${aws.url.s3}/${bucket}/key`, headers: {}, body: "1" };
    const date = new Date(aws.clock.now());
    const signed = signRequest(plain, { credentials: aws.user, region: aws.region, service: "s3", date });
    const { headers, url } = applySignature(plain, signed);
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(url, { method: "PUT", headers, ca: aws.ca, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      sent.on("error", reject);
      sent.end(plain.body);
    });
  }
});

describe("over HTTPS", () => {
  const running: Aws[] = [];
  const agents: Agent[] = [];
  afterAll(async () => {
    for (const agent of agents) agent.destroy();
    await Promise.all(running.map((aws) => aws.close()));
  });

  const topics = [...new Set(postures.locked.rules.map(({ topic }) => topic))];
  const locked = createGuard({ posture: "locked", network });
  const half = Math.ceil(topics.length / 2);
  const parts = [topics.slice(0, half), topics.slice(half)].map((some) => locked.toScp({ topics: some }));

  /** Whether a request is refused by policy; a request that is allowed may still be invalid. */
  function isDenied(aws: Aws, agent: Agent, { action, input, through }: GeneratedRequest): Promise<boolean> {
    const host =
      through === undefined
        ? "api.sagemaker.us-east-1.amazonaws.com"
        : `${through}-abc.api.sagemaker.us-east-1.vpce.amazonaws.com`;
    const { port } = new URL(aws.url.sagemaker);
    const plain = {
      method: "POST",
      url: `https://${host}:${port}/`,
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `SageMaker.${action}` },
      body: JSON.stringify(input),
    };
    const scope = { credentials: aws.user, region: aws.region, service: "sagemaker", date: new Date(aws.clock.now()) };
    const { headers, url } = applySignature(plain, signRequest(plain, scope));
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(url, { method: "POST", headers, agent }, (response) => {
        response.resume();
        response.on("end", () => resolve(response.headers["x-amzn-errortype"] === "AccessDeniedException"));
      });
      sent.on("error", reject);
      sent.end(plain.body);
    });
  }

  it.each(["serviceControlPolicies", "endpointPolicies"] as const)(
    "%s refuse what evaluate() refuses",
    async (option) => {
      const endpointPolicy = locked.toEndpointPolicy();
      const aws = await startAws(
        option === "serviceControlPolicies"
          ? { serviceControlPolicies: parts }
          : { endpointPolicies: { "vpce-0a1b2c3d": endpointPolicy, "vpce-0fffffff": endpointPolicy } },
      );
      running.push(aws);
      const lookup = (_: string, __: unknown, done: (error: null, addresses: object[]) => void): void =>
        done(null, [{ address: "127.0.0.1", family: 4 }]);
      const agent = new Agent({ ca: aws.ca, keepAlive: true, maxSockets: 4, lookup: lookup as never });
      agents.push(agent);
      const control = requests.filter(({ action }) => !action.startsWith("Invoke"));
      const sample = fc.sample(control, { numRuns: 400, seed: 7 });
      const outcomes = await Promise.all(
        sample.map(async (request) => {
          const { action, through } = request;
          const layers =
            option === "serviceControlPolicies"
              ? { serviceControlPolicies: [...parts, everything] }
              : through === undefined
                ? {}
                : { endpointPolicy };
          const query = {
            action: `sagemaker:${action}`,
            resource: "*",
            context: contextOf(request),
            principal: "arn:aws:iam::123456789012:user/a",
          };
          const expected = evaluate({ identityPolicies: [everything], ...layers, ...query }).decision !== "allow";
          return { action, expected, denied: await isDenied(aws, agent, request) };
        }),
      );
      expect(outcomes.filter(({ expected, denied }) => expected !== denied)).toEqual([]);
      expect(new Set(outcomes.map(({ denied }) => denied)).size).toBe(2);
    },
    60_000,
  );
});
