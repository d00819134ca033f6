import { describe, expect, it } from "vitest";
import { redactError } from "../../src/proxy/redact.ts";

const cut = (text: string): string | undefined => redactError(424, "ModelError", text);
const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN = `FwoGZXIvYXdzEJr//////////wEaDAbC${"dEfGhIjKlMnOpQrS".repeat(20)}`;
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const JWT = `${base64url({ alg: "HS256" })}.${base64url({ sub: "a" })}.${"s".repeat(43)}`;

describe("foreign errors are not quoted whole: of a model's error a page does not read", () => {
  it.each([
    ["a secret access key", SECRET],
    ["one in a URL", encodeURIComponent(SECRET)],
    ["one in lower-case escapes", encodeURIComponent(SECRET).replaceAll("%2F", "%2f").replaceAll("%2B", "%2b")],
    ["a session token", TOKEN],
    ["one in a URL", encodeURIComponent(TOKEN)],
    ["one with a run of digits like an account id", `${"a".repeat(50)}/123456789012/${"b".repeat(50)}`],
    ["a JSON Web Token with short parts", JWT],
    ["one without a signature", `${base64url({ alg: "none" })}.${base64url({ sub: "a" })}.`],
    ["an access key id", "ASIAIOSFODNN7EXAMPLE"],
    ["an ARN", "arn:aws-us-gov:iam::123456789012:role/service-role/inference"],
    ["an account id", "123456789012"],
  ])("%s", (_what, secret) => {
    for (const text of [secret, `key=${secret}`, `"${secret}"`, `bad ${secret}, end`, `(${secret})`]) {
      const answered = cut(text) ?? "";
      for (let at = 0; at + 12 <= secret.length; at++) expect(answered).not.toContain(secret.slice(at, at + 12));
    }
  });

  it.each([
    "KeyError: 'inputs'",
    "/opt/ml/code/serve.py line 12: expected 3 columns, got 2",
    "ValueError: eyJust a word, and 1234567890123 is not an account",
    "model_name-with-hyphens_and_underscores_is_kept",
  ])("text without secrets stays: %s", (text) => {
    expect(cut(text)).toBe(text);
  });

  it.each([
    ["beginnings of tokens", "eyJ-"],
    ["escapes", "%2F"],
    ["base64 with breaks", `${"a".repeat(39)} `],
    ["dots", "eyJ."],
  ])("in linear time: %s", (_what, part) => {
    const started = process.cpuUsage();
    cut(part.repeat(50_000));
    // Quadratic work takes minutes.
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(5000);
  });
});
