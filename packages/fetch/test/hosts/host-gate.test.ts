import { describe, expect, it } from "vitest";
import { createHostGate, type HostRule } from "../../src/hosts/host-gate.ts";

const passes = (rules: readonly HostRule[] | undefined, url: string, port?: string): string => {
  try {
    createHostGate(rules, { region: "eu-west-1", service: "sagemaker" })(new URL(url), port);
    return "passes";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("without rules", () => {
  it.each([
    "https://runtime.sagemaker.eu-west-1.amazonaws.com/",
    "https://api.sagemaker.eu-west-1.amazonaws.com/",
    "https://runtime-fips.sagemaker.eu-west-1.amazonaws.com/",
    "https://vpce-0123456789abcdef0-abcdefgh.runtime.sagemaker.eu-west-1.vpce.amazonaws.com/",
    "https://vpce-0123456789abcdef0-abcdefgh-eu-west-1a.runtime.sagemaker.eu-west-1.vpce.amazonaws.com/",
  ])("the service's own host passes: %s", (url) => {
    expect(passes(undefined, url)).toBe("passes");
  });

  it.each([
    ["another region", "https://runtime.sagemaker.us-east-1.amazonaws.com/"],
    ["another service", "https://sts.eu-west-1.amazonaws.com/"],
    [
      "a stranger's endpoint service",
      "https://vpce-0123456789abcdef0-abcdefgh.vpce-svc-0a1b2c3d4e5f6a7b8.eu-west-1.vpce.amazonaws.com/",
    ],
    ["a suffix in the name", "https://runtime.sagemaker.eu-west-1.amazonaws.com.evil.example/"],
    ["a prefix in the name", "https://evil-runtime.sagemaker.eu-west-1.amazonaws.com/"],
    ["a trailing dot", "https://runtime.sagemaker.eu-west-1.amazonaws.com./"],
    ["another port", "https://runtime.sagemaker.eu-west-1.amazonaws.com:444/"],
    ["a user name that looks like the host", "https://runtime.sagemaker.eu-west-1.amazonaws.com@evil.example/"],
    ["loopback", "http://127.0.0.1:1234/"],
    ["no web address", "data:text/plain,hello"],
    ["a blob that bears the origin", "blob:https://runtime.sagemaker.eu-west-1.amazonaws.com/0a"],
  ])("%s does not", (_what, url) => {
    expect(passes(undefined, url)).toBe("HOST_NOT_ALLOWED");
  });

  it("the wrong region is named", () => {
    const gate = createHostGate(undefined, { region: "eu-west-1", service: "sagemaker" });
    expect(() => gate(new URL("https://runtime.sagemaker.us-east-1.amazonaws.com/"))).toThrow(
      "(sagemaker in us-east-1, not sagemaker in eu-west-1)",
    );
  });

  it("plaintext says so", () => {
    expect(passes(undefined, "http://runtime.sagemaker.eu-west-1.amazonaws.com/")).toBe("PLAINTEXT_REFUSED");
  });
});

describe("a rule", () => {
  it.each([
    ["example.com", "https://example.com/", "passes"],
    ["EXAMPLE.com", "https://example.com/", "passes"],
    ["example.com", "https://sub.example.com/", "HOST_NOT_ALLOWED"],
    ["example.com", "https://notexample.com/", "HOST_NOT_ALLOWED"],
    ["example.com", "http://example.com/", "PLAINTEXT_REFUSED"],
    ["example.com", "https://example.com:8443/", "passes"],
    ["example.com:8443", "https://example.com:8443/", "passes"],
    ["example.com:8443", "https://example.com/", "HOST_NOT_ALLOWED"],
    ["example.com:443", "https://example.com/", "passes"],
    ["*.example.com", "https://a.b.example.com/", "passes"],
    ["*.example.com", "https://example.com/", "HOST_NOT_ALLOWED"],
    ["*.example.com", "https://badexample.com/", "HOST_NOT_ALLOWED"],
    ["127.0.0.1", "http://127.0.0.1:1234/", "passes"],
    ["localhost", "http://localhost:1234/", "passes"],
    ["[::1]", "http://[::1]:1234/", "passes"],
    ["10.0.0.1", "http://10.0.0.1/", "PLAINTEXT_REFUSED"],
  ])("%s for %s: %s", (rule, url, verdict) => {
    expect(passes([rule], url)).toBe(verdict);
  });

  it("without a port admits, in a redirect, the caller's own port and the default one", () => {
    expect(passes(["example.com"], "https://example.com:8443/", "8443")).toBe("passes");
    expect(passes(["example.com"], "https://example.com/", "8443")).toBe("passes");
    expect(passes(["example.com"], "https://example.com:9000/", "8443")).toBe("HOST_NOT_ALLOWED");
  });

  it("that is a function decides alone, and only `true` is a yes", () => {
    expect(passes([(url) => url.hostname === "localstack"], "http://localstack:4566/")).toBe("passes");
    expect(passes([() => false], "https://example.com/")).toBe("HOST_NOT_ALLOWED");
    expect(passes([(async () => false) as unknown as HostRule], "https://example.com/")).toBe("HOST_NOT_ALLOWED");
  });

  it("that throws lets nothing pass", () => {
    const gate = createHostGate(
      [
        () => {
          throw new Error("broken");
        },
      ],
      {},
    );
    expect(() => gate(new URL("https://example.com/"))).toThrow("broken");
  });
});
