import { describe, expect, it } from "vitest";
import { serviceCall } from "../src/judge/service-call.ts";
import { readHead } from "../src/receive/received.ts";

function actionsOf(headers: Readonly<Record<string, string>>, method = "PUT", url = "/bucket/in/a"): readonly string[] {
  const rawHeaders = Object.entries({ host: "127.0.0.1", ...headers }).flat();
  return serviceCall("s3", readHead({ method, url, rawHeaders })).actions;
}

describe("a header of S3 that does more than the operation needs the action of what it does", () => {
  it.each([
    ["x-amz-acl", "s3:PutObjectAcl"],
    ["X-Amz-Acl", "s3:PutObjectAcl"],
    ["x-amz-grant-full-control", "s3:PutObjectAcl"],
    ["x-amz-grant-read", "s3:PutObjectAcl"],
    ["x-amz-grant-write-acp", "s3:PutObjectAcl"],
    ["x-amz-tagging", "s3:PutObjectTagging"],
    ["x-amz-object-lock-mode", "s3:PutObjectRetention"],
    ["x-amz-object-lock-retain-until-date", "s3:PutObjectRetention"],
    ["x-amz-object-lock-legal-hold", "s3:PutObjectLegalHold"],
    ["x-amz-bypass-governance-retention", "s3:BypassGovernanceRetention"],
  ])("%s: %s", (name, action) => {
    expect(actionsOf({ [name]: "x" })).toEqual(["s3:PutObject", action]);
    expect(actionsOf({ [name]: "x" }, "POST", "/bucket/in/a?uploads")).toEqual(["s3:PutObject", action]);
    expect(actionsOf({ [name]: "x" }, "DELETE")).toEqual(["s3:DeleteObject", action]);
  });

  it("each action once, and all of them", () => {
    const headers = { "x-amz-acl": "x", "x-amz-grant-read": "x", "x-amz-tagging": "a=b", "x-amz-meta-a": "1" };
    expect(actionsOf(headers)).toEqual(["s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging"]);
  });
});

it.each([
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-security-token",
  "x-amz-checksum-crc32",
  "x-amz-checksum-mode",
  "x-amz-sdk-checksum-algorithm",
  "x-amz-trailer",
  "x-amz-decoded-content-length",
  "x-amz-storage-class",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-meta-any_name.at-all",
  "x-amz-expected-bucket-owner",
  "x-amz-request-payer",
  "x-amz-optional-object-attributes",
  "x-amz-user-agent",
  "content-type",
  "amz-sdk-invocation-id",
])("%s asks for nothing more", (name) => expect(actionsOf({ [name]: "x" })).toEqual(["s3:PutObject"]));

it.each([
  "x-amz-copy-source",
  "x-amz-copy-source-range",
  "x-amz-rename-source",
  "x-amz-website-redirect-location",
  "x-amz-mfa",
  "x-amz-tagging-directive",
  "x-amz-acl-v2",
  "x-amz-",
  "x-amz-new-power",
])("%s is refused", (name) =>
  expect(() => actionsOf({ [name]: "x" })).toThrow(expect.objectContaining({ code: "AccessDeniedException" })),
);
