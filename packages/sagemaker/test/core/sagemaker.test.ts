import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSageMaker, type SageMakerOptions } from "../../src/index.ts";
import { type LocalAws, startLocalAws } from "../local-aws.ts";

let local: LocalAws;
beforeAll(async () => {
  local = await startLocalAws();
});
afterAll(() => local[Symbol.asyncDispose]());

const key = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "a-secret-of-forty-characters-is-what-it-is" };

describe("createSageMaker", () => {
  test.each([undefined, "", 7])("without a region (%s) names where one usually is", (region) => {
    expect(() => createSageMaker({ region, credentials: key } as SageMakerOptions)).toThrow(/AWS_REGION/);
  });

  test.each<[string, Partial<SageMakerOptions>, string]>([
    ["an invalid region", { region: "eu-west-1/../x" }, "INVALID_REGION"],
    ["an invalid endpoint", { endpoint: { url: "ftp://localhost" } }, "INVALID_ENDPOINT"],
    ["an endpoint over plain HTTP", { endpoint: { url: "http://example.com" } }, "INVALID_ENDPOINT"],
    ["a path, which would be taken for a host", { endpoint: { url: "/runtime" } }, "INVALID_ENDPOINT"],
    ["a URL for a set of options", { endpoint: new URL("https://localhost") as never }, "INVALID_OPTION"],
    ["an endpoint that is a bare address", { endpoint: "https://localhost" as never }, "INVALID_OPTION"],
    ["an endpoint of a misspelt service", { endpoint: { runtime: { url: "https://h" } } as never }, "INVALID_OPTION"],
    ["an endpoint with a misspelt option", { endpoint: { vpce: "vpce-0a" } as never }, "INVALID_OPTION"],
    ["a guard that is the name of a posture", { guard: "private" as never }, "INVALID_OPTION"],
    ["zero attempts", { retry: { attempts: 0 } }, "INVALID_OPTION"],
    ["an empty key", { credentials: { accessKeyId: "", secretAccessKey: "x" } }, "INVALID_ACCESS_KEY"],
  ])("refuses %s at once", (_, options, code) => {
    expect(() => createSageMaker({ region: "eu-west-1", credentials: key, ...options })).toThrow(
      expect.objectContaining({ code }),
    );
  });

  test("counts the guard's time as the call's, and sends nothing once closed", async () => {
    let sent = 0;
    let pass = (): void => {};
    const sagemaker = createSageMaker({
      region: "eu-west-1",
      credentials: key,
      guard: { enforce: () => new Promise<void>((resolve) => (pass = resolve)), remember: () => {} },
      fetch: async () => {
        sent++;
        return new Response("{}");
      },
    });
    await expect(sagemaker.invoke("e", {}, { timeoutMs: 20 })).rejects.toMatchObject({ code: "TIMEOUT" });
    const call = sagemaker.invoke("e", {});
    await sagemaker.close();
    pass();
    await expect(call).rejects.toMatchObject({ code: "CLOSED" });
    expect(sent).toBe(0);
  });

  test("shows no secret, however deep one looks", () => {
    const sagemaker = createSageMaker({ region: "eu-west-1", credentials: key });
    const shown = inspect(sagemaker, { depth: 20, showHidden: true }) + JSON.stringify(sagemaker);
    expect(shown).not.toContain(key.secretAccessKey);
  });

  test("takes an object that carries a provider, as a role of the broker does", async () => {
    const credentials = { provider: async () => local.aws.user };
    expect((await local.client({ credentials }).invoke("churn", "x")).text()).toBe("x");
  });
});

describe("close", () => {
  test("ends the use of the client, and not of a transport that was handed in", async () => {
    const sagemaker = local.client();
    await sagemaker.invoke("churn", "x");
    await sagemaker.close();
    await sagemaker.close();
    await expect(sagemaker.invoke("churn", "x")).rejects.toMatchObject({ code: "CLOSED" });
    await expect(sagemaker.call("ListModels", {})).rejects.toMatchObject({ code: "CLOSED" });
    await expect(sagemaker.bearerToken()).rejects.toMatchObject({ code: "CLOSED" });
    expect(() => sagemaker.invokeStream("churn", "x")).toThrow(/closed/);
    expect((await local.client().invoke("churn", "x")).text()).toBe("x");
  });

  test("closes the transport that the client made", async () => {
    const sagemaker = local.client({ transport: undefined });
    // Its own transport trusts no local authority: the refusal proves that it was made, and held to its policy.
    await expect(sagemaker.invoke("churn", "x")).rejects.toMatchObject({ code: "TLS_CERTIFICATE_INVALID" });
    await sagemaker[Symbol.asyncDispose]();
    await expect(sagemaker.invoke("churn", "x")).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("without any call closes nothing and loads nothing", async () => {
    await expect(createSageMaker({ region: "eu-west-1", credentials: key }).close()).resolves.toBe(undefined);
  });
});
