import { createClock } from "@countersign/signer";
import { describe, expect, test } from "vitest";
import {
  createInvoker,
  createSageMaker,
  paginate,
  SageMakerError,
  type SageMakerOptions,
  waitFor,
} from "../../src/index.ts";

const key = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const options: SageMakerOptions = {
  region: "eu-west-1",
  credentials: key,
  fetch: async () => new Response('{"ModelArn":"arn"}'),
};
const sagemaker = createSageMaker(options);

type Case = readonly [what: string, act: () => unknown, message: RegExp];

/** Every refusal is this package's own error with one code, wherever the mistake is made. */
async function refusal(act: () => unknown): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe.each([
  ["createSageMaker", createSageMaker],
  ["createInvoker", createInvoker],
] as const)("%s", (_, create) => {
  const make = (more: object) => () => create({ ...options, ...more });

  test.each<Case>([
    ["a misspelt option", make({ endpiont: {} }), /^endpiont: is not an option; did you mean endpoint\?$/],
    ["an option of another package", make({ posture: "private" }), /^posture: is not an option/],
    ["a clock with one reading", make({ clock: { now: () => 0 } }), /^clock: must be a clock from createClock\(\)$/],
    ["a transport that cannot send", make({ transport: {} }), /^transport: must be a transport/],
    ["the name of a posture for a guard", make({ guard: "private" }), /^guard: must be a guard from createGuard\(\)$/],
    ["half a guard", make({ guard: { enforce: async () => {} } }), /^guard: must be a guard/],
    ["a fetch that is an address", make({ fetch: "https://proxy.test" }), /^fetch: must be a function$/],
    ["a listener that is an object", make({ onEvent: {} }), /^onEvent: must be a function$/],
    ["a misspelt endpoint option", make({ endpoint: { dualstack: true } }), /^endpoint\.dualstack: .*dualStack/],
    ["a flag in words", make({ endpoint: { fips: "true" } }), /^endpoint\.fips: must be true or false$/],
    ["an endpoint of null", make({ endpoint: null }), /^endpoint: must be \{ url \}/],
    ["a map for an endpoint", make({ endpoint: new Map([["url", "https://vpce.test"]]) }), /^endpoint: must be/],
    [
      "a URL for a service's options",
      make({ endpoint: { "sagemaker-runtime": new URL("https://vpce.test") } }),
      /^endpoint\.sagemaker-runtime: must be/,
    ],
    [
      "a misspelt option of one service",
      make({ endpoint: { "sagemaker-runtime": { vpcEndpiont: "vpce-0a" } } }),
      /^endpoint\.sagemaker-runtime\.vpcEndpiont: .*did you mean vpcEndpoint/,
    ],
    [
      "a misspelt service beside a right one",
      make({ endpoint: { sagemaker: {}, "sagemaker-runtme": {} } }),
      /^endpoint\.sagemaker-runtme: .*did you mean sagemaker-runtime/,
    ],
    ["a list of options", () => create([options] as never), /^options: must be an object$/],
    ["null", () => create(null as never), /^options: must be an object$/],
  ])("refuses %s", async (_what, act, message) => {
    expect(await refusal(act)).toMatchObject({
      name: "SageMakerError",
      code: "INVALID_OPTION",
      message: expect.stringMatching(message),
    });
  });

  test.each([
    ["without arguments", undefined, "INVALID_REGION"],
    ["without a region", { credentials: key }, "INVALID_REGION"],
    ["with a path in the region", { region: "eu-west-1/x", credentials: key }, "INVALID_REGION"],
    ["with a fragment in the region", { region: "eu-west-1#.evil.test", credentials: key }, "INVALID_REGION"],
    ["with user info in the region", { region: "u@evil.test", credentials: key }, "INVALID_REGION"],
    ["without credentials", { region: "eu-west-1" }, "INVALID_OPTION"],
    ["with an endpoint with a password", { ...options, endpoint: { url: "https://u:hunter2@h" } }, "INVALID_ENDPOINT"],
    ["with an endpoint with a query", { ...options, endpoint: { url: "https://h/?x=hunter2" } }, "INVALID_ENDPOINT"],
  ])("%s throws a typed error without the value", async (_what, given, code) => {
    const error = await refusal(() => create(given as never));
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain("hunter2");
  });
});

describe("a call", () => {
  const bidirectional = (more: object) => () => sagemaker.invokeBidirectional("e", more);
  test.each<Case>([
    ["invoke", () => sagemaker.invoke("e", {}, { contenttype: "a/b" } as never), /^contenttype: .*contentType/],
    ["invoke, signal", () => sagemaker.invoke("e", {}, { signal: {} as never }), /^signal: must be an AbortSignal$/],
    ["invoke, timeoutMs", () => sagemaker.invoke("e", {}, { timeoutMs: "5" as never }), /^timeoutMs: must be a number/],
    ["invoke, timeoutMs 0", () => sagemaker.invoke("e", {}, { timeoutMs: 0 }), /milliseconds above 0$/],
    ["invoke, null", () => sagemaker.invoke("e", {}, null as never), /^options: must be an object$/],
    ["invokeStream", () => sagemaker.invokeStream("e", {}, { signal: {} as never }), /^signal: must be/],
    [
      "invokeAsync",
      () => sagemaker.invokeAsync("e", { inputlocation: "s3://b" } as never),
      /did you mean inputLocation/,
    ],
    ["invokeAsync, signal", () => sagemaker.invokeAsync("e", { body: {}, signal: 1 as never }), /^signal: must be/],
    ["invokeBidirectional", bidirectional({ targetvariant: "x" }), /did you mean targetVariant/],
    ["invokeBidirectional, signal", bidirectional({ signal: {} }), /^signal: must be/],
    ["call", () => sagemaker.call("ListModels", {}, { timeoutms: 5 } as never), /did you mean timeoutMs/],
    ["call, signal", () => sagemaker.call("ListModels", {}, { signal: {} as never }), /^signal: must be/],
    ["bearerToken", () => sagemaker.bearerToken({ expiresin: 5 } as never), /did you mean expiresIn/],
    ["bearerToken, text", () => sagemaker.bearerToken({ expiresIn: "900" as never }), /^expiresIn: must be a whole/],
    ["bearerTokenProvider", () => sagemaker.bearerTokenProvider({ ttl: 5 } as never), /^ttl: is not an option/],
    ["paginate", () => paginate(sagemaker, "ListModels", {}, { singal: 1 } as never), /did you mean signal/],
    ["paginate, client", () => paginate(undefined as never, "ListModels", {}), /^sagemaker: must be a client/],
    ["waitFor", () => waitFor(sagemaker, "EndpointDeleted", {}, { maxWait: 5 } as never), /did you mean maxWaitMs/],
    ["waitFor, clock", () => waitFor(sagemaker, "EndpointDeleted", {}, { clock: {} as never }), /^clock: must be/],
    ["waitFor, state", () => waitFor(sagemaker, "EndpointInservice" as never, {}), /did you mean EndpointInService/],
    ["waitFor, no state", () => waitFor(sagemaker, undefined as never, {}), /^state: must be/],
    ["waitFor, client", () => waitFor({} as never, "EndpointDeleted", {}), /^sagemaker: must be a client/],
  ])("of %s refuses wrong options", async (_, act, message) => {
    expect(await refusal(act)).toMatchObject({
      name: "SageMakerError",
      code: "INVALID_OPTION",
      message: expect.stringMatching(message),
    });
  });

  test("of invoke with one object, as the SDK has it, refuses the name and not the body", async () => {
    const error = await refusal(() => sagemaker.invoke({ EndpointName: "e", Body: "{}" } as never, undefined as never));
    expect(error).toMatchObject({ code: "INVALID_ENDPOINT_NAME", message: expect.stringMatching(/of type object$/) });
  });

  test("reads each option once: a getter cannot answer the check and the use differently", async () => {
    const asked: string[] = [];
    const shifty = {
      get contentType() {
        asked.push("contentType");
        return asked.length === 1 ? "text/plain" : "text/plain\r\nx-evil: 1";
      },
    };
    await sagemaker.invoke("e", "x", shifty);
    expect(asked).toEqual(["contentType"]);
  });
});

describe("a polluted Object.prototype", () => {
  test.each(["get", "set", "writable"])(
    "with %s leaves an error its details, and the model's text out of logs",
    (name) => {
      const made = (): unknown => {
        const error = new SageMakerError("ModelError", "failed", { status: 424, originalMessage: "text" });
        return Object.getOwnPropertyDescriptors(error);
      };
      const { stack: _, ...before } = made() as { readonly stack: unknown };
      // oxlint-disable-next-line no-extend-native -- this is the attack
      Object.defineProperty(Object.prototype, name, { value: "evil", configurable: true, writable: true });
      let polluted: unknown;
      try {
        polluted = made();
      } finally {
        delete (Object.prototype as Record<string, unknown>)[name];
      }
      expect(polluted).toMatchObject(before);
      expect(before).toMatchObject({ status: { value: 424 }, originalMessage: { value: "text", enumerable: false } });
    },
  );

  const evil = "https://evil.test";
  const names: Readonly<Record<string, unknown>> = {
    endpoint: { url: evil },
    url: evil,
    vpcEndpoint: "vpce-0a1b2c3d4e5f6a7b8-9c0d1e2f",
    fips: true,
    transport: { request: () => Promise.reject(new Error("taken over")), connectHttp2: () => {} },
    guard: { enforce: () => Promise.reject(new Error("taken over")), remember: () => {} },
    clock: createClock({ wall: () => 0 }),
    retry: false,
    onEvent: () => {
      throw new Error("taken over");
    },
    signal: AbortSignal.abort(new Error("taken over")),
    timeoutMs: 1e-9,
    contentType: "text/evil",
    accept: "text/evil",
    targetModel: "evil",
    customAttributes: "evil",
    inferenceId: "evil",
    body: "evil",
    expiresIn: 1,
    dispatcher: {},
    "x-amz-target": "SageMaker.DeleteModel",
  };

  test.each(Object.keys(names))("with %s has no effect on factories and calls", async (name) => {
    const seen: Request[] = [];
    // oxlint-disable-next-line no-extend-native -- this is the attack
    Object.defineProperty(Object.prototype, name, { value: names[name], configurable: true, writable: true });
    try {
      const client = createSageMaker({
        region: "eu-west-1",
        credentials: key,
        fetch: async (input, init) => {
          seen.push(new Request(input, Object.assign(Object.create(null) as RequestInit, init)));
          return new Response('{"ModelArn":"arn"}');
        },
      });
      await client.invoke("e", "x", {});
      await client.invoke("e", "x");
      await client.call("DescribeModel", { ModelName: "m" }, {});
      expect((await client.bearerToken({})).expiresAt.getTime()).toBeGreaterThan(Date.now() + 40_000_000);
    } finally {
      delete (Object.prototype as Record<string, unknown>)[name];
    }
    expect(seen.map(({ url }) => url)).toEqual([
      "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations",
      "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations",
      "https://api.sagemaker.eu-west-1.amazonaws.com/",
    ]);
    for (const request of seen) expect([...request.headers].join()).not.toContain("evil");
    expect(seen.at(-1)?.headers.get("x-amz-target")).toBe("SageMaker.DescribeModel");
  });
});
