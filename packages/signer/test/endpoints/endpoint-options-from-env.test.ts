import { describe, expect, it } from "vitest";
import { endpointOptionsFromEnv } from "../../src/endpoints.ts";

describe("endpointOptionsFromEnv", () => {
  it("is empty without settings, so that it can be spread", () => {
    expect(endpointOptionsFromEnv({}, "sts")).toEqual({});
    expect(endpointOptionsFromEnv({ AWS_USE_FIPS_ENDPOINT: "", AWS_ENDPOINT_URL: "" }, "sts")).toEqual({});
  });

  it("prefers the service's own URL to the general one", () => {
    const env = {
      AWS_ENDPOINT_URL: "https://all.example",
      AWS_ENDPOINT_URL_STS: "https://sts.example",
      AWS_ENDPOINT_URL_SAGEMAKER: "https://api.example",
      AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: "https://runtime.example",
      AWS_ENDPOINT_URL_SAGEMAKERJOBRUNTIME: "https://job.example",
    };
    expect(endpointOptionsFromEnv(env, "sts")).toEqual({ url: "https://sts.example" });
    expect(endpointOptionsFromEnv(env, "sagemaker")).toEqual({ url: "https://api.example" });
    expect(endpointOptionsFromEnv(env, "sagemaker-runtime")).toEqual({ url: "https://runtime.example" });
    expect(endpointOptionsFromEnv(env, "sagemaker-job-runtime")).toEqual({ url: "https://job.example" });
    expect(endpointOptionsFromEnv(env, "ecr")).toEqual({ url: "https://all.example" });
    expect(endpointOptionsFromEnv({ ...env, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "TRUE" }, "sts")).toEqual({});
  });

  it("reads the flags, and refuses what is neither true nor false", () => {
    const env = { AWS_USE_FIPS_ENDPOINT: "true", AWS_USE_DUALSTACK_ENDPOINT: "False" };
    expect(endpointOptionsFromEnv(env, "sts")).toEqual({ fips: true });
    expect(() => endpointOptionsFromEnv({ AWS_USE_FIPS_ENDPOINT: "yes" }, "sts")).toThrow(
      /AWS_USE_FIPS_ENDPOINT: must be/,
    );
  });
});
