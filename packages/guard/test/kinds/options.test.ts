import { createClock } from "@countersign/signer";
import { afterEach, describe, expect, it } from "vitest";
import * as guard from "../../src/index.ts";
import { bodies, image } from "../bodies.ts";
import { cleanTrivy, now, trivy } from "../images/reports.ts";

const made = guard.createGuard({ posture: "private" });
const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "not-a-real-secret-key" };
const source = guard.trivyReport(cleanTrivy);
const exception = { rule: "container-internet", resource: "*", until: "2100-01-01", reason: "r" };
const rule = guard.postures.baseline.rules[0];

/** A call, what it is given, and how the refusal begins. */
type Row = readonly [call: (options: never) => unknown, options: unknown, message: RegExp];

const rows: readonly Row[] = [
  [guard.createGuard, undefined, /^posture: must be/],
  [guard.createGuard, null, /^options: must be an object/],
  [guard.createGuard, { posture: "baseline", netwrok: {} }, /^netwrok: is not an option; did you mean network\?/],
  [guard.createGuard, { posture: "baseline", network: { subnet: ["s"] } }, /^network.subnet: .*subnets/],
  [guard.createGuard, { posture: "baseline", network: { vpcId: {} } }, /^network.vpcId: must be/],
  [guard.createGuard, { posture: "baseline", clock: { now: () => 0 } }, /^clock: must be a clock from createClock/],
  [guard.createGuard, { posture: "baseline", onEvent: "log" }, /^onEvent: must be a function/],
  [guard.createGuard, { posture: "baseline", facts: { modell: async () => undefined } }, /^facts: must be an object/],
  [guard.createGuard, { posture: "baseline", facts: { model: "m" } }, /^facts.model: must be/],
  [
    guard.createGuard,
    { posture: "baseline", exceptions: [{ ...exception, resouce: "*" }] },
    /^exceptions\[0\].resouce: .*resource/,
  ],
  [guard.createGuard, { posture: { name: "n", rules: [{}] } }, /^posture.rules\[0\].id: must be/],
  [guard.createGuard, { posture: { name: "n", rules: [{ ...rule, hold: 1 }] } }, /^posture.rules\[0\].hold: .*holds/],
  [guard.imageGate, undefined, /^source: must be/],
  [guard.imageGate, { source, maxScanAge: 1 }, /^maxScanAge: .*maxScanAgeHours/],
  [guard.imageGate, { source, onlyFixable: "false" }, /^onlyFixable: must be true or false/],
  [guard.imageGate, { source, requireDigest: "yes" }, /^requireDigest: must be true, false or "resolve"/],
  [guard.imageGate, { source, allow: [{ idd: "CVE-1" }] }, /^allow\[0\].idd: .*id/],
  [guard.imageGate, { source, allow: [{ until: "2100-01-01", reason: "r" }] }, /^allow\[0\]: must have/],
  [
    guard.imageGate,
    { source, allow: [{ id: "x", coverage: "paths-excluded", until: "2100-01-01", reason: "r" }] },
    /^allow\[0\]: must/,
  ],
  [guard.imageGate, { source, clock: { now: () => 0 } }, /^clock: must/],
  [guard.ecrFindings, undefined, /^region: must be a Region/],
  [guard.ecrFindings, { region: "eu-west-1/x", credentials }, /^region: must be/],
  [guard.ecrFindings, { region: "eu-west-1#", credentials }, /^region: must be/],
  [guard.ecrFindings, { region: "eu-west-1" }, /^credentials: must be/],
  [guard.ecrFindings, { region: "eu-west-1", credentials, endpoint: "not a url" }, /^endpoint: must be/],
  [guard.awsFacts, undefined, /^region: must be/],
  [
    guard.awsFacts,
    { region: "eu-west-1", credentials, endpoints: { ecc2: "https://x.test" } },
    /^endpoints.ecc2: .*ec2/,
  ],
  [guard.trivyReport, undefined, /^report: must be/],
  [guard.grypeReport, 7, /^report: must be/],
  [(facts) => made.check("ListModels", {}, facts), { modles: {} }, /^modles: .*models/],
  [(facts) => made.check("ListModels", {}, facts), { host: { name: "h" } }, /^host.vpcEndpoint: must be/],
  [(options) => made.toIamPolicy(options), { topic: ["notebook"] }, /^topic: .*topics/],
  [(options) => made.toScp(options), { topics: ["notebooks"] }, /^topics\[0\]: must be "notebook"/],
  [(options) => made.toSessionPolicy(options), undefined, /^actions: must be/],
  [(options) => made.toSessionPolicy(options), { action: ["sagemaker:*"], resources: ["*"] }, /^action: .*actions/],
  [
    (options) => made.toEndpointPolicy(options),
    { organisationId: "o-a1b2c3d4e5" },
    /^organisationId: .*organizationId/,
  ],
  [(options) => made.toEndpointPolicy(options), { accounts: [111] }, /^accounts\[0\]: must be/],
  [(options) => guard.toSarif([], options), { artefact: "x" }, /^artefact: .*artifact/],
  [(findings) => guard.toSarif(findings), "findings", /^findings: must be a list/],
  [guard.readCall, undefined, /^url: must be an absolute URL/],
  [guard.readCall, { url: "/endpoints/x/invocations", headers: {} }, /^url: must be an absolute URL/],
  [guard.readCall, { url: "https://a.test/", headers: { "x-amz-target": 7 } }, /^headers: must be/],
  [guard.readCall, { url: "https://a.test/" }, /^headers: must be/],
];

describe("kind: options are checked by name and shape", () => {
  it.each(rows)("%o is given %j", (call, options, message) => {
    let error: unknown;
    try {
      call(options as never);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(guard.GuardError);
    expect(error).toMatchObject({ code: "INVALID_OPTION", message: expect.stringMatching(message) as string });
  });

  it.each([
    [{ hots: "h" }, /^hots: .*host/],
    [{ signal: {} }, /^signal: must be an AbortSignal/],
    [{ privateAddresses: "yes" }, /^privateAddresses: must be true or false/],
  ])("by review, enforce and enforceRequest: %j", async (options, message) => {
    const review = options as guard.ReviewOptions;
    const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/x/invocations";
    for (const call of [
      () => made.review("ListModels", {}, review),
      () => made.enforce("ListModels", {}, review),
      () => made.enforceRequest({ url, headers: {} }, review),
    ])
      await expect(call()).rejects.toMatchObject({
        code: "INVALID_OPTION",
        message: expect.stringMatching(message) as string,
      });
  });

  it("by the judge of an image gate", async () => {
    const gate = guard.imageGate({ source });
    await expect(gate.judge(image, { signal: {} as AbortSignal })).rejects.toMatchObject({ code: "INVALID_OPTION" });
    for (const name of [undefined, null, 7, {}, "x".repeat(1_025)])
      expect(await gate.judge(name as string)).toMatchObject({ verdict: "block" });
  });

  it("reads an iterator of headers once, and judges by what it read", async () => {
    const headers = new Headers({ "x-amz-target": "SageMaker.CreateModel", "content-type": "application/json" });
    await expect(
      made.enforceRequest({ url: "https://a.test/", headers: headers.entries(), body: '{"ModelName":"m"}' }),
    ).rejects.toMatchObject({ code: "POSTURE_BROKEN" });
  });

  it("takes a source of facts that is an instance of a class", async () => {
    class Facts {
      readonly #asked: string[] = [];
      get asked(): readonly string[] {
        return this.#asked;
      }
      async model(name: string): Promise<undefined> {
        this.#asked.push(name);
      }
    }
    const facts = new Facts();
    await guard.createGuard({ posture: "private", facts }).review("CreateTransformJob", { ModelName: "m" });
    expect(facts.asked).toEqual(["m"]);
  });
});

/** What every object inherits. */
const everything: object = Object.prototype;

describe("kind: options are own properties: additions to Object.prototype have no effect", () => {
  const names = {
    mode: "report",
    network: {},
    images: { judge: () => Promise.resolve({ verdict: "pass", image, findings: [] }) },
    facts: { model: async () => ({ VpcConfig: { Subnets: ["s"], SecurityGroupIds: ["g"] } }) },
    model: async () => ({ VpcConfig: { Subnets: ["s"], SecurityGroupIds: ["g"] } }),
    models: { m: { VpcConfig: { Subnets: ["s"], SecurityGroupIds: ["g"] } } },
    host: { name: "vpce-0a-1b.api.sagemaker.eu-west-1.vpce.amazonaws.com", vpcEndpoint: true },
    privateAddresses: true,
    subnets: ["subnet-evil"],
    vpcEndpoints: ["vpce-evil"],
    exceptions: [
      { rule: "container-internet", resource: "*", until: "2100-01-01", reason: "r" },
      { rule: "model-vpc", resource: "*", until: "2100-01-01", reason: "r" },
    ],
    onEvent: () => undefined,
    topics: ["notebook"],
    actions: ["sagemaker:*"],
    resources: ["*"],
    organizationId: "o-evil000000",
    requireDigest: false,
    noVerdict: "allow",
    severityAtOrOver: "CRITICAL",
    onlyFixable: true,
    unknownFix: "allow",
    allow: [{ id: "CVE-2026-1001", until: "2100-01-01", reason: "r" }],
    maxScanAgeHours: 1e9,
    VpcConfig: { Subnets: ["s"], SecurityGroupIds: ["g"] },
    EnableNetworkIsolation: true,
    unreadable: "x",
    get: "x",
    set: "x",
  };

  afterEach(() => {
    for (const name of Object.keys(names)) Reflect.deleteProperty(everything, name);
  });

  const outcome = async (): Promise<string> => {
    const keeper = guard.createGuard({ posture: "private" });
    const seen: unknown[] = [keeper.mode, keeper.toIamPolicy(), keeper.toEndpointPolicy()];
    for (const [action, input] of [
      ["CreateModel", { ModelName: "m" }],
      ["CreateTransformJob", { ModelName: "m" }],
      ["CreatePresignedNotebookInstanceUrl", { NotebookInstanceName: "n" }],
      ["CreateModel", bodies["CreateModel"]],
    ] as const)
      seen.push(await keeper.review(action, input).then((list) => list.map(({ rule: id, path }) => `${id} ${path}`)));
    seen.push(
      await keeper.enforce("CreateModel", { ModelName: "m" }).then(
        () => "sent",
        ({ code }: { readonly code: string }) => `refused: ${code}`,
      ),
    );
    const clock = createClock({ wall: () => now });
    const gate = guard.imageGate({ source: guard.trivyReport(trivy), clock });
    const { verdict, reason } = await gate.judge(image);
    const { verdict: tagged } = await gate.judge(image.replace(/@.*/, ":latest"));
    return JSON.stringify([...seen, verdict, reason, tagged]);
  };

  it.each(Object.entries(names))("%s", async (name, value) => {
    const clean = await outcome();
    expect(clean).toContain('"refused: POSTURE_BROKEN"');
    Reflect.defineProperty(everything, name, { value, configurable: true, writable: true, enumerable: true });
    const polluted = await outcome();
    Reflect.deleteProperty(everything, name);
    expect(polluted).toBe(clean);
  });
});
