import { type CountersignEvent, createClock } from "@countersign/signer";
import { describe, expect, it } from "vitest";
import { type Facts, type Guard, type GuardOptions, GuardError, createGuard, postures } from "../src/index.ts";
import { bodies, change, image, subnets } from "./bodies.ts";

const now = Date.parse("2026-11-23T12:00:00Z");
const clock = createClock({ wall: () => now });
const body = bodies["CreateTrainingJob"] ?? {};
const vpce = "vpce-0a1b2c3d-9x8y7z6w.api.sagemaker.eu-west-1.vpce.amazonaws.com";

const rulesOf = (guard: Guard, action: string, input: unknown, facts: Facts = {}): string[] =>
  guard.check(action, input, facts).map(({ rule }) => rule);

describe("postures", () => {
  it("nest: each finds all that the one before finds, in whatever request", () => {
    const [baseline, closed, locked] = (["baseline", "private", "locked"] as const).map((posture) =>
      createGuard({ posture }),
    );
    let more = 0;
    for (const action of Object.keys(bodies)) {
      const bare = createBare(bodies[action] ?? {});
      const found = [baseline, closed, locked].map((guard) =>
        guard?.check(action, bare, {}).map(({ rule, path }) => `${rule} ${path}`),
      );
      expect(found[1]).toEqual(expect.arrayContaining(found[0] ?? ["?"]));
      expect(found[2]).toEqual(expect.arrayContaining(found[1] ?? ["?"]));
      more += (found[2]?.length ?? 0) - (found[0]?.length ?? 0);
    }
    expect(more).toBeGreaterThan(50);
  });

  it("leave the host to private and up", () => {
    const facts = { host: { name: "api.sagemaker.eu-west-1.amazonaws.com", vpcEndpoint: false } };
    expect(rulesOf(createGuard({ posture: "baseline" }), "ListModels", {}, facts)).toEqual([]);
    expect(rulesOf(createGuard({ posture: "private" }), "ListModels", {}, facts)).toEqual(["vpc-endpoint"]);
  });

  it("may be a custom one", () => {
    const rules = postures.locked.rules.filter(({ id }) => id === "training-vpc");
    const guard = createGuard({ posture: { name: "ours", rules } });
    expect(rulesOf(guard, "CreateTrainingJob", {})).toEqual(["training-vpc"]);
  });
});

describe("check", () => {
  const guard = createGuard({ posture: "private" });

  it("points at the absent field itself", () => {
    const [finding] = guard.check("CreateTrainingJob", { TrainingJobName: "t", EnableNetworkIsolation: true }, {});
    expect(finding).toMatchObject({
      rule: "training-vpc",
      path: "/VpcConfig",
      action: "CreateTrainingJob",
      severity: "high",
    });
  });

  it("points into the definition of a tuning job that is at fault", () => {
    const input = change(
      bodies["CreateHyperParameterTuningJob"] ?? {},
      "/TrainingJobDefinitions/1/VpcConfig",
      undefined,
    );
    expect(guard.check("CreateHyperParameterTuningJob", input, {}).map(({ path }) => path)).toEqual([
      "/TrainingJobDefinitions/1/VpcConfig",
    ]);
  });

  it("takes null for absent, as AWS JSON does", () => {
    expect(rulesOf(guard, "CreateModel", { ...bodies["CreateModel"], VpcConfig: null })).toEqual(["model-vpc"]);
  });

  it("sees only what is the input's own: an inherited field does not count", () => {
    const input = Object.create({ VpcConfig: body["VpcConfig"] }) as Record<string, unknown>;
    expect(rulesOf(guard, "CreateTrainingJob", Object.assign(input, { EnableNetworkIsolation: true }))).toContain(
      "training-vpc",
    );
  });

  it("is not deceived by the spelling of an operation's name", () => {
    expect(rulesOf(guard, "createtrainingjob", {})).toContain("training-vpc");
  });

  it("judges a value in place of a list at its own path", () => {
    const limited = createGuard({ posture: "private", network: { subnets: [...subnets] } });
    const input = change(body, "/VpcConfig/Subnets", "subnet-0fff");
    expect(limited.check("CreateTrainingJob", input, {})).toContainEqual(
      expect.objectContaining({ rule: "subnet-allowed", path: "/VpcConfig/Subnets" }),
    );
  });

  it("refuses inputs that are not objects", () => {
    for (const input of [undefined, null, 7, "x", []])
      expect(rulesOf(guard, "ListModels", input)).toEqual(["malformed-input"]);
    expect(rulesOf(guard, "ListModels", {})).toEqual([]);
  });

  it("asks encryption between containers of several instances only", () => {
    const plain = change(body, "/EnableInterContainerTrafficEncryption", undefined);
    expect(rulesOf(guard, "CreateTrainingJob", plain)).toEqual(["training-encryption"]);
    expect(rulesOf(guard, "CreateTrainingJob", change(plain, "/ResourceConfig/InstanceCount", 1))).toEqual([]);
    expect(rulesOf(guard, "CreateTrainingJob", change(plain, "/ResourceConfig/InstanceCount", "1"))).toEqual([
      "malformed-input",
      "training-encryption",
    ]);
    const grouped = change(
      change(plain, "/ResourceConfig/InstanceCount", undefined),
      "/ResourceConfig/InstanceGroups",
      [
        { InstanceGroupName: "a", InstanceType: "ml.m5.xlarge", InstanceCount: 1 },
        { InstanceGroupName: "b", InstanceType: "ml.m5.xlarge", InstanceCount: 1 },
      ],
    );
    expect(rulesOf(guard, "CreateTrainingJob", grouped)).toEqual(["training-encryption"]);
  });

  it("lets Clarify run without isolation, and only AWS's own Clarify", () => {
    const clarify = (account: string) =>
      change(
        change(bodies["CreateProcessingJob"] ?? {}, "/NetworkConfig/EnableNetworkIsolation", undefined),
        "/AppSpecification/ImageUri",
        `${account}.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-clarify-processing:1.0`,
      );
    expect(rulesOf(guard, "CreateProcessingJob", clarify("131013547314"))).toEqual([]);
    expect(rulesOf(guard, "CreateProcessingJob", clarify("666666666666"))).toEqual(["network-isolation"]);
  });

  it("asks no volume key of instances with local storage, where AWS refuses one", () => {
    const locked = createGuard({ posture: "locked" });
    const local = change(body, "/ResourceConfig/InstanceType", "ml.p5.48xlarge");
    expect(rulesOf(locked, "CreateTrainingJob", local)).toEqual(["volume-key-local-storage"]);
    expect(rulesOf(locked, "CreateTrainingJob", change(local, "/ResourceConfig/VolumeKmsKeyId", undefined))).toEqual(
      [],
    );
  });

  it("needs no network of an endpoint configuration whose variants name models", () => {
    const input = {
      EndpointConfigName: "churn",
      ProductionVariants: [
        { VariantName: "main", ModelName: "churn", InstanceType: "ml.m5.xlarge", InitialInstanceCount: 2 },
      ],
    };
    expect(rulesOf(guard, "CreateEndpointConfig", input)).toEqual([]);
    const mixed = { ...input, ProductionVariants: [...input.ProductionVariants, { VariantName: "components" }] };
    expect(rulesOf(guard, "CreateEndpointConfig", mixed)).toContain("endpoint-vpc");
  });
});

describe("review", () => {
  it("tells VPC endpoints from public hosts by their exact form", async () => {
    const guard = createGuard({ posture: "private" });
    const at = async (host: string, privateAddresses?: boolean) =>
      (await guard.review("ListModels", {}, { host, privateAddresses })).map(({ rule }) => rule);
    expect(await at(vpce)).toEqual([]);
    expect(await at("api.sagemaker.eu-west-1.amazonaws.com")).toEqual(["vpc-endpoint"]);
    expect(await at("api.sagemaker.eu-west-1.amazonaws.com", true)).toEqual([]);
    expect(await at("vpce-0a1b2c3d-9x8y7z6w.api.sagemaker.eu-west-1.vpce.amazonaws.com.evil.example")).toEqual([
      "vpc-endpoint",
    ]);
    expect(await at("vpce-svc-0123.eu-west-1.vpce.amazonaws.com")).toEqual(["vpc-endpoint"]);
    expect(await at("vpce-0a1b2c3d-9x8y7z6w.s3.eu-west-1.vpce.amazonaws.com")).toEqual(["vpc-endpoint"]);
  });

  it("asks where a name resolves when the caller gives a way", async () => {
    const guard = createGuard({
      posture: "private",
      facts: { resolvesPrivately: (host) => Promise.resolve(host.startsWith("api.")) },
    });
    expect(await guard.review("ListModels", {}, { host: "api.sagemaker.eu-west-1.amazonaws.com" })).toEqual([]);
    expect(await guard.review("ListModels", {}, { host: "runtime.sagemaker.eu-west-1.amazonaws.com" })).toHaveLength(1);
  });

  it("looks the model of a transform job up, and does not take a failed look-up for an answer", async () => {
    const asked: string[] = [];
    const facts: GuardOptions["facts"] = {
      model: (name) => {
        asked.push(name);
        if (name === "broken") return Promise.reject(new Error("AccessDenied"));
        return Promise.resolve(name === "churn" ? { VpcConfig: body["VpcConfig"] } : undefined);
      },
    };
    const guard = createGuard({ posture: "private", facts });
    const review = async (ModelName: string) =>
      (await guard.review("CreateTransformJob", { ...bodies["CreateTransformJob"], ModelName })).map(
        ({ path }) => path,
      );
    expect(await review("churn")).toEqual([]);
    expect(await review("other")).toEqual(["/ModelName"]);
    expect(await review("broken")).toEqual(["/ModelName"]);
    expect(asked).toEqual(["churn", "other", "broken"]);
  });

  it("asks for the zones of a model's subnets", async () => {
    const lookUp = (zone: string): GuardOptions["facts"] => ({
      subnets: (ids) =>
        Promise.resolve(Object.fromEntries(ids.map((id, index) => [id, { zone: zone + String(index) }]))),
    });
    const same: GuardOptions["facts"] = {
      subnets: (ids) => Promise.resolve(Object.fromEntries(ids.map((id) => [id, { zone: "a", addresses: 9 }]))),
    };
    const review = (facts: GuardOptions["facts"]) =>
      createGuard({ posture: "private", facts }).review("CreateModel", bodies["CreateModel"]);
    expect(await review(lookUp("a"))).toEqual([]);
    expect((await review(same)).map(({ rule }) => rule)).toEqual(["hosting-zones"]);
  });

  it("does not look up what no rule of the posture needs", async () => {
    const facts: GuardOptions["facts"] = {
      subnets: () => Promise.reject(new Error("not to be asked")),
      model: () => Promise.reject(new Error("not to be asked")),
    };
    const rules = postures.locked.rules.filter(({ id }) => id === "model-vpc");
    const guard = createGuard({ posture: { name: "one", rules }, facts });
    expect(await guard.review("CreateModel", bodies["CreateModel"])).toEqual([]);
  });

  it("ends with the caller's signal", async () => {
    const guard = createGuard({
      posture: "private",
      facts: {
        model: (_, signal) =>
          new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(new Error("late")))),
      },
    });
    const controller = new AbortController();
    const review = guard.review("CreateTransformJob", bodies["CreateTransformJob"], { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(review).rejects.toThrow("enough");
  });
});

describe("a remembered model", () => {
  it("is known to the transform job that follows, until it is deleted", async () => {
    const guard = createGuard({ posture: "private" });
    const review = async () => (await guard.review("CreateTransformJob", bodies["CreateTransformJob"])).length;
    expect(await review()).toBe(1);
    guard.remember("CreateModel", bodies["CreateModel"]);
    expect(await review()).toBe(0);
    guard.remember("DeleteModel", { ModelName: "churn" });
    expect(await review()).toBe(1);
  });

  it("is what was created, not what the caller's object became since", async () => {
    const guard = createGuard({ posture: "private" });
    const input = structuredClone({ ...bodies["CreateModel"], VpcConfig: undefined }) as Record<string, unknown>;
    guard.remember("CreateModel", input);
    input["VpcConfig"] = body["VpcConfig"];
    const findings = await guard.review("CreateTransformJob", bodies["CreateTransformJob"]);
    expect(findings[0]).toMatchObject({ rule: "transform-vpc", path: "/ModelName" });
  });
});

describe("enforce", () => {
  it("rejects with an error that carries the findings and names the first", async () => {
    const guard = createGuard({ posture: "private" });
    const error = await guard.enforce("CreateModel", { ModelName: "m" }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GuardError);
    expect(error).toMatchObject({ code: "POSTURE_BROKEN", name: "GuardError" });
    expect((error as GuardError).findings.map(({ path }) => path)).toEqual([
      "/VpcConfig",
      "/EnableNetworkIsolation",
      "/VpcConfig",
    ]);
    expect((error as GuardError).message).toMatch(/CreateModel breaks the posture private at "\/VpcConfig"/);
  });

  it("names no place where the whole request is at fault", async () => {
    const error = await createGuard({ posture: "baseline" })
      .enforce("ListModel", {})
      .catch((reason: unknown) => reason);
    expect((error as GuardError).message).toMatch(/^ListModel breaks the posture baseline: /);
  });

  it("passes in report mode, and says so in the events", async () => {
    const events: CountersignEvent[] = [];
    const options = { posture: "baseline", clock, onEvent: (event: CountersignEvent) => events.push(event) } as const;
    await createGuard({ ...options, mode: "report" }).enforce("CreateModel", { ModelName: "m" });
    await createGuard(options)
      .enforce("CreateModel", { ModelName: "m" })
      .catch(() => undefined);
    const event = {
      name: "guard.finding",
      at: now,
      rule: "container-internet",
      severity: "high",
      action: "CreateModel",
      path: "/VpcConfig",
    };
    expect(events).toEqual([
      { ...event, enforced: false },
      { ...event, enforced: true },
    ]);
  });

  it("writes no value of the request's environment or hyperparameters anywhere", async () => {
    const secret = "hunter2-hunter2";
    const events: unknown[] = [];
    const guard = createGuard({ posture: "locked", onEvent: (event) => events.push(event) });
    const input = { ...body, VpcConfig: undefined, Environment: { TOKEN: secret }, HyperParameters: { key: secret } };
    const error: unknown = await guard.enforce("CreateTrainingJob", input).catch((reason: unknown) => reason);
    expect(JSON.stringify([(error as GuardError).message, (error as GuardError).findings, events])).not.toContain(
      secret,
    );
  });
});

describe("exceptions", () => {
  const exception = { rule: "model-vpc", resource: "model/legacy-*", until: "2026-12-31", reason: "moved in January" };
  const input = (ModelName: string) => ({ ...bodies["CreateModel"], ModelName, VpcConfig: undefined });
  const found = (options: Partial<GuardOptions>, name: string) =>
    createGuard({ posture: "private", clock, ...options })
      .check("CreateModel", input(name), {})
      .filter(({ rule }) => rule === "model-vpc");

  it("take one rule from the resources they name", () => {
    expect(found({ exceptions: [exception] }, "legacy-churn")).toEqual([]);
    expect(found({ exceptions: [exception] }, "churn")).toHaveLength(1);
    expect(found({ exceptions: [{ ...exception, rule: "network-isolation" }] }, "legacy-churn")).toHaveLength(1);
  });

  it("take names, ARNs and wildcards, and no regular expression", () => {
    for (const resource of [
      "legacy-churn",
      "*",
      "model/*",
      "arn:aws:sagemaker:eu-west-1:111122223333:model/legacy-?????",
    ])
      expect(found({ exceptions: [{ ...exception, resource }] }, "legacy-churn")).toEqual([]);
    for (const resource of [
      "legacy.churn",
      "endpoint/legacy-churn",
      "legacy",
      "model/LEGACY-churn",
      "model/(legacy-churn)",
    ])
      expect(found({ exceptions: [{ ...exception, resource }] }, "legacy-churn")).toHaveLength(1);
  });

  it("fail from their date on, and the finding says so", () => {
    const at = { clock: createClock({ wall: () => Date.parse("2026-12-31T00:00:00Z") }) };
    expect(found({ exceptions: [exception], ...at }, "legacy-churn")).toEqual([
      expect.objectContaining({ message: expect.stringContaining("expired on 2026-12-31T00:00:00.000Z") as string }),
    ]);
  });

  it("must be complete and about a rule of the posture", () => {
    const refused = (change: object) => () =>
      createGuard({ posture: "private", exceptions: [{ ...exception, ...change }] });
    expect(refused({ rule: "model-vcp" })).toThrow(
      /^exceptions\[0\].rule: must be a rule of the posture private, not "model-vcp"/,
    );
    expect(refused({ reason: " " })).toThrow(/^exceptions\[0\].reason: must say why/);
    expect(refused({ until: "soon" })).toThrow(/^exceptions\[0\].until: must be a date/);
    expect(refused({ resource: "" })).toThrow(/^exceptions\[0\].resource: must be text that is not empty/);
  });
});

describe("options", () => {
  it("are checked when the guard is made", () => {
    const refused = (options: object) => () => createGuard({ posture: "private", ...options });
    expect(refused({ posture: "strict" })).toThrow(
      /^posture: must be "baseline", "private", "locked" or a posture of your own/,
    );
    expect(refused({ posture: "__proto__" })).toThrow(GuardError);
    expect(refused({ posture: { name: "empty", rules: [] } })).toThrow(/at least one rule/);
    expect(refused({ mode: "warn" })).toThrow(/^mode: must be "enforce" or "report"/);
    expect(refused({ network: { subnets: [] } })).toThrow(/^network.subnets: must be a list/);
    expect(refused({ network: { securityGroupIds: "sg-1" } })).toThrow(/^network.securityGroupIds: must be a list/);
    expect(refused({ network: { vpcId: "vpc" } })).toThrow(/^network.vpcId: must be an id/);
  });

  it("are not changed afterwards by who gave them", () => {
    const allowed = [...subnets] as string[];
    const guard = createGuard({ posture: "private", network: { subnets: allowed } });
    allowed.push("subnet-0fff");
    expect(rulesOf(guard, "CreateTrainingJob", change(body, "/VpcConfig/Subnets/0", "subnet-0fff"))).toEqual([
      "subnet-allowed",
    ]);
  });
});

describe("the image gate", () => {
  it("is asked once for each image a request names, with the digest of its own field", async () => {
    const asked: string[] = [];
    const guard = createGuard({
      posture: "baseline",
      images: {
        judge: (name) => {
          asked.push(name);
          return Promise.resolve({ verdict: "pass", image: name, findings: [] });
        },
      },
    });
    expect(await guard.review("CreateAlgorithm", bodies["CreateAlgorithm"])).toEqual([]);
    expect(asked).toEqual([image]);
  });

  it("blocks what it does not know, what it fails on, and every image when no verdict is given to check", async () => {
    const guard = createGuard({
      posture: "baseline",
      images: { judge: () => Promise.reject(new Error("ECR is down")) },
    });
    expect((await guard.review("CreateModel", bodies["CreateModel"])).map(({ path }) => path)).toEqual([
      "/PrimaryContainer/Image",
    ]);
    expect(guard.check("CreateModel", bodies["CreateModel"], {}).map(({ rule }) => rule)).toEqual(["image-scanned"]);
  });
});

function createBare(good: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const bare: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(good)) {
    if (Array.isArray(value) && typeof value[0] === "object")
      bare[name] = [createBare(value[0] as Record<string, unknown>)];
    else if (typeof value === "object" && value !== null && !Array.isArray(value))
      bare[name] = createBare(value as Record<string, unknown>);
    else if (/(?:Name|Image|ImageUri|InstanceType)$/.test(name)) bare[name] = value;
  }
  return bare;
}

describe("an input with accessors", () => {
  const inner = {};
  Object.defineProperty(inner, "TrainingImage", { enumerable: true, get: () => "x" });
  it.each<[string, object, string]>([
    [
      "at its top",
      {
        get EnableNetworkIsolation() {
          return true;
        },
      },
      "/EnableNetworkIsolation",
    ],
    ["in an object", { AlgorithmSpecification: inner }, "/AlgorithmSpecification/TrainingImage"],
    ["in a list", { InputDataConfig: [inner] }, "/InputDataConfig/0/TrainingImage"],
  ])("is refused before it is sent: %s", async (_, input, path) => {
    const guard = createGuard({ posture: "baseline" });
    await expect(guard.enforce("CreateTrainingJob", input)).rejects.toMatchObject({
      findings: [{ rule: "malformed-input", path }],
    });
  });
});
