import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { startAws } from "@countersign/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run } from "../run.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), "countersign-doctor-"));
  mkdirSync(path.join(home, ".aws"));
});
afterEach(() => rmSync(home, { recursive: true }));

interface Check {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
}

/** Runs the doctor in a home folder of its own. No host is there, so only the explanation is looked at. */
async function doctor(
  { config = "", credentials = "" }: { readonly config?: string; readonly credentials?: string },
  env: Readonly<Record<string, string>> = {},
  ...args: readonly string[]
) {
  const [configFile, credentialsFile] = ["config", "credentials"].map((name) => path.join(home, ".aws", name));
  writeFileSync(configFile ?? "", config);
  writeFileSync(credentialsFile ?? "", credentials);
  const nowhere = { HOME: home, AWS_ENDPOINT_URL: "https://localhost:1", AWS_EC2_METADATA_DISABLED: "true" };
  const { code, out, err } = await run(["doctor", "--json", ...args], { ...nowhere, ...env });
  const checks = out === "" ? [] : (JSON.parse(out.replaceAll(`${home}/`, "~/")) as Check[]);
  const of = (name: string): string | undefined => {
    const check = checks.find((one) => one.name === name);
    return check && `${check.status}: ${check.detail}`;
  };
  return { code, err, of, names: checks.map(({ name }) => name), out };
}

const ROLE = "arn:aws:iam::111122223333:role/admin";
const FILES = {
  config: `[default]
region = eu-west-1

[profile admin]
role_arn = ${ROLE}
source_profile = keys
mfa_serial = arn:aws:iam::111122223333:mfa/user
region = eu-central-1

[profile keys]
region = us-east-1
aws_access_key_id = AKIAOLDOLDOLDOLDOLD1
aws_secret_access_key = a-secret-of-config

[profile broken]
role_arn = admin
source_profile = keys

[profile region-only]
region = us-west-2
`,
  credentials: `[keys]
aws_access_key_id = AKIANEWNEWNEWNEWNEW2
aws_secret_access_key = a-secret-of-credentials
`,
};

describe("doctor explains the chain", () => {
  it("without the user, password and query of a start URL", async () => {
    const start = "https://user:p%40ss@corp.awsapps.com/start?token=t0ken";
    const account = "sso_region = eu-west-1\nsso_account_id = 111122223333\nsso_role_name = r\n";
    const { of, out } = await doctor({
      config: `[default]\nregion = eu-west-1\n[profile one]\nsso_start_url = ${start}\n${account}[profile two]\nsso_start_url = user:p%40ss@corp\n${account}`,
    });
    expect(of("--profile one")).toContain("from Identity Center in eu-west-1 (corp.awsapps.com)");
    expect(of("--profile two")).toContain("(a start URL that cannot be read)");
    expect(out).not.toMatch(/p%40ss|t0ken/);
  });

  it("of a named profile, step by step, with file and line", async () => {
    const { of, out } = await doctor(
      FILES,
      { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_PROFILE: "keys" },
      "--profile",
      "admin",
    );
    expect(of("profile")).toBe("pass: admin, named by --profile or the configuration; ~/.aws/config:5");
    expect(of("the chain")).toBe(
      `pass: assumes ${ROLE} at STS of eu-central-1, with a code of arn:aws:iam::111122223333:mfa/user (~/.aws/config:5)` +
        " ← takes the keys AKIA…NEW2 of profile keys (~/.aws/credentials:2)",
    );
    expect(of("AWS_PROFILE")).toBe("warn: is not used: --profile or the configuration names profile admin");
    expect(of("AWS_ACCESS_KEY_ID")).toBe("warn: is not used: --profile or the configuration names profile admin");
    expect(out).not.toContain("a-secret");
  });

  it("and says what --profile with each other one would do, and which would fail", async () => {
    const { of, names } = await doctor(FILES);
    expect(of("--profile admin")).toMatch(
      /^pass: would: assumes .* \(~\/\.aws\/config:5\) ← .*; Region eu-central-1 from ~\/\.aws\/config:8$/u,
    );
    expect(of("--profile keys")).toBe(
      "pass: would: takes the keys AKIA…NEW2 of profile keys (~/.aws/credentials:2); Region us-east-1 from ~/.aws/config:11",
    );
    expect(of("--profile broken")).toMatch(
      /^warn: would fail: ~\/\.aws\/config:16: role_arn: must be the ARN of a role/u,
    );
    expect(of("--profile region-only")).toBe(
      "pass: would: has settings and no credentials: the next source is asked, at last the role of the container or instance",
    );
    expect(names).not.toContain("--profile default");
  });

  it("and says what each setting overrides", async () => {
    const services = "services = own\n[services own]\nsts =\n  endpoint_url = https://user:pass@sts.example\n";
    const config = `[default]\nregion = eu-west-1\nuse_fips_endpoint = true\n${services}`;
    const env = { AWS_REGION: "us-east-1", AWS_DEFAULT_REGION: "us-west-1", AWS_USE_FIPS_ENDPOINT: "false" };
    const { of, out } = await doctor({ config }, env, "--region", "eu-north-1");
    expect(of("region")).toBe(
      "pass: eu-north-1, from --region; it overrides us-east-1 from AWS_REGION and us-west-1 from AWS_DEFAULT_REGION" +
        " and eu-west-1 from ~/.aws/config:2",
    );
    expect(of("FIPS")).toBe("pass: false, from AWS_USE_FIPS_ENDPOINT; it overrides true from ~/.aws/config:3");
    expect(of("endpoint of sts")).toBe(
      "pass: https://localhost:1, from AWS_ENDPOINT_URL; it overrides https://…@sts.example from ~/.aws/config:7",
    );
    expect(out).not.toContain("user:pass");
  });

  it("and says which keys are not used", async () => {
    const first = await doctor(FILES, {}, "--profile", "keys");
    expect(first.of("aws_access_key_id")).toBe("warn: ~/.aws/config:12 is not used: the credentials file sets it too");
    const config = `[default]\nregion = eu-west-1\nrole_arn = ${ROLE}\nsource_profile = default\n`;
    const env = { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "s", AWS_WEB_IDENTITY_TOKEN_FILE: "/token" };
    const second = await doctor({ config }, env);
    expect(second.of("the chain")).toBe("pass: takes the keys of the environment (AWS_ACCESS_KEY_ID)");
    expect(second.of("profile default")).toBe("warn: ~/.aws/config:3 is not used: AWS_ACCESS_KEY_ID comes first");
    expect(second.of("AWS_WEB_IDENTITY_TOKEN_FILE")).toBe("warn: is not used: AWS_ACCESS_KEY_ID comes first");
  });

  it("and why a source was chosen, with its expiry", async () => {
    await using aws = await startAws();
    const { accessKeyId, secretAccessKey, sessionToken = "", expiration } = aws.role("Task").session();
    const script = path.join(home, "answer.json");
    const answer = {
      Version: 1,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
    };
    writeFileSync(script, JSON.stringify({ ...answer, Expiration: expiration?.toISOString() }));
    const config = `[default]\nregion = ${aws.region}\ncredential_process = cat ${script}\n`;
    const { of } = await doctor({ config });
    expect(of("the chain")).toBe("pass: runs a credential_process (~/.aws/config:3)");
    expect(of("credentials")).toMatch(
      /^pass: ASIA….{4} from profile default, until .*Z, in (?:59|60) minutes; passed over: environment: AWS_ACCESS_KEY_ID is not set$/u,
    );
  });

  it.each([
    ["a profile that is missing", {}, ["--profile", "none"], "profile", /^fail: profile "none": is missing in/, 3],
    ["a Region that is missing", {}, [], "region", /^fail: no region: /, 2],
    [
      "authorities that are missing",
      { AWS_REGION: "eu-west-1", AWS_CA_BUNDLE: "/no/such.pem" },
      [],
      "AWS_CA_BUNDLE",
      /^fail: AWS_CA_BUNDLE: must name a file or folder of PEM certificates, and \/no\/such.pem .*ENOENT/,
      1,
    ],
    [
      "a flag that is not a boolean",
      { AWS_REGION: "eu-west-1", AWS_USE_FIPS_ENDPOINT: "maybe" },
      [],
      "profile",
      /^fail: AWS_USE_FIPS_ENDPOINT: must be true or false/,
      3,
    ],
  ] as const)("and reports %s with the line or variable", async (_, env, args, name, detail, exit) => {
    const { code, of, err } = await doctor({}, env, ...args);
    expect([of(name), code, err]).toEqual([expect.stringMatching(detail), exit, ""]);
  });
});
