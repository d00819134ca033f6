import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { settingsOf } from "@countersign/broker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certificateAuthorities } from "../src/authorities.ts";
import { findRegion } from "../src/session.ts";

const home = mkdtempSync(path.join(tmpdir(), "countersign-session-"));
const config = path.join(home, "config");
const env = { HOME: home, AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: path.join(home, "credentials") };
const settings = (profile?: string, more: Record<string, string> = {}) =>
  settingsOf({ profile, env: { ...env, ...more } });

beforeAll(() => {
  writeFileSync(
    config,
    `[default]
region = eu-west-1

[profile fips]
region = us-east-1
use_fips_endpoint = true

[profile dual]
region = us-east-1
use_dualstack_endpoint = true

[profile maybe]
use_fips_endpoint = maybe

[profile internal]
region = eu-west-1
services = internal
ca_bundle = ca.pem

[services internal]
sagemaker =
  endpoint_url = https://sm.internal.example
sagemaker_runtime =
  endpoint_url = https://smrt.internal.example
`,
  );
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-subj",
      "/CN=ca",
      "-keyout",
      path.join(home, "ca.key"),
      "-out",
      path.join(home, "ca.pem"),
    ],
    { stdio: "ignore" },
  );
});
afterAll(() => rmSync(home, { recursive: true }));

describe("the Region", () => {
  it("is the option's, the environment's, the profile's; an empty variable is as if it were not set", () => {
    expect(findRegion("us-west-2", settings())).toBe("us-west-2");
    expect(findRegion(undefined, settings(undefined, { AWS_REGION: "", AWS_DEFAULT_REGION: "eu-west-2" }))).toBe(
      "eu-west-2",
    );
    expect(findRegion(undefined, settings(undefined, { AWS_PROFILE: "" }))).toBe("eu-west-1");
    expect(settings().region).toEqual({ value: "eu-west-1", from: `${config}:2` });
    expect(() => findRegion(undefined, settings("maybe"))).toThrow(/must be true or false/);
  });
});

describe("the endpoints of a profile", () => {
  it("are FIPS or dual-stack hosts where it says so, and an unreadable flag is an error with its line", () => {
    expect(settings("fips").endpoint("sagemaker")).toEqual({ fips: true });
    expect(settings("dual").endpoint("sagemaker")).toEqual({ dualStack: true });
    expect(() => settings("maybe")).toThrow(
      expect.objectContaining({
        code: "SOURCE_INVALID",
        message: `${config}:13: use_fips_endpoint: must be true or false`,
      }),
    );
    expect(() => settings("fips", { AWS_USE_FIPS_ENDPOINT: "yes" })).toThrow(/^AWS_USE_FIPS_ENDPOINT: must be true/);
  });

  it("are those of its services, unless the environment names others or none", () => {
    const internal = settings("internal");
    expect(internal.endpoint("sagemaker")).toEqual({ url: "https://sm.internal.example" });
    expect(internal.endpoint("sagemaker-runtime")).toEqual({ url: "https://smrt.internal.example" });
    expect(internal.endpoint("sts")).toEqual({});
    const other = settings("internal", { AWS_ENDPOINT_URL_SAGEMAKER: "https://other.example" });
    expect(other.endpoint("sagemaker")).toEqual({ url: "https://other.example" });
    const ignored = settings("internal", { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" });
    expect(ignored.endpoint("sagemaker")).toEqual({});
  });
});

describe("the authorities", () => {
  const pem = () => readFileSync(path.join(home, "ca.pem"), "utf8");
  const bundle = (value: string, from = "AWS_CA_BUNDLE") => certificateAuthorities({ caBundle: { value, from } }).ca;

  it("of a profile may be named beside its file, or from the home folder, or be a folder", () => {
    expect(certificateAuthorities(settings("internal")).ca).toBe(pem());
    mkdirSync(path.join(home, "anchors"), { recursive: true });
    writeFileSync(path.join(home, "anchors", "one.crt"), pem());
    writeFileSync(path.join(home, "anchors", "README"), "no certificate");
    expect(bundle(path.join(home, "anchors"))).toBe(pem());
    expect(certificateAuthorities({ caBundle: undefined })).toEqual({});
  });

  it("may be written in each of OpenSSL's blocks", () => {
    const old = pem().replaceAll("BEGIN CERT", "BEGIN X509 CERT").replaceAll("END CERT", "END X509 CERT");
    writeFileSync(path.join(home, "x509.pem"), old);
    expect(bundle(path.join(home, "x509.pem"))).toBe(pem());
    execFileSync("openssl", [
      "x509",
      "-in",
      path.join(home, "ca.pem"),
      "-trustout",
      "-addtrust",
      "serverAuth",
      "-out",
      path.join(home, "trusted.pem"),
    ]);
    expect(readFileSync(path.join(home, "trusted.pem"), "utf8")).toContain("BEGIN TRUSTED CERTIFICATE");
    expect(bundle(path.join(home, "trusted.pem"))).toBe(pem());
  });

  it.each(["ca.key", "missing.pem", "config"])("%s is refused by the name of the setting", (name) => {
    expect(() => bundle(path.join(home, name))).toThrow(
      expect.objectContaining({
        code: "FILE_UNREADABLE",
        message: expect.stringContaining("AWS_CA_BUNDLE: must name a file"),
      }),
    );
  });
});
