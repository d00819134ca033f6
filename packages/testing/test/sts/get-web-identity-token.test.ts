import { createPublicKey, verify } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Aws, startAws } from "../../src/index.ts";
import { element, sts } from "../send.ts";

let aws: Aws;
beforeAll(async () => {
  aws = await startAws({ users: [{ name: "one" }, { name: "bound", policies: [] }] });
});
afterAll(() => aws.close());

const ask = (more: Record<string, string> = {}, user = "one") =>
  sts(
    aws,
    { Action: "GetWebIdentityToken", "Audience.member.1": "https://api.example", SigningAlgorithm: "ES384", ...more },
    { credentials: aws.users[user] ?? null },
  );
const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as Record<string, unknown>;

it.each([
  ["ES384", "sha384"],
  ["RS256", "sha256"],
])("issues tokens that the published keys verify: %s", async (SigningAlgorithm, hash) => {
  const { text } = await ask({ SigningAlgorithm, "Tags.member.1.Key": "team", "Tags.member.1.Value": "a" });
  const [head = "", payload = "", signature = ""] = (element(text, "WebIdentityToken") ?? "").split(".");
  const key = aws.tokenKeys().keys.find(({ kid }) => kid === decode(head)["kid"]);
  const publicKey = createPublicKey({ key: key ?? {}, format: "jwk" });
  const signed = Buffer.from(`${head}.${payload}`, "ascii");
  expect(verify(hash, signed, { key: publicKey, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"))).toBe(
    true,
  );
  expect(decode(payload)).toMatchObject({
    aud: "https://api.example",
    sub: "arn:aws:iam::123456789012:user/one",
    exp: Math.floor(aws.clock.now() / 1000) + 300,
    "https://sts.amazonaws.com/": { aws_account: "123456789012", request_tags: { team: "a" } },
  });
});

it.each([
  [{ SigningAlgorithm: "HS256" }, "ValidationError"],
  [{ DurationSeconds: "59" }, "ValidationError"],
  [{ DurationSeconds: "3601" }, "ValidationError"],
  [{ "Audience.member.1": "", SigningAlgorithm: "" }, "ValidationError"],
])("refuses %j", async (more, code) => {
  expect(element((await ask(more)).text, "Code")).toBe(code);
});

it("asks the caller's policies", async () => {
  expect(element((await ask({}, "bound")).text, "Code")).toBe("AccessDenied");
});
