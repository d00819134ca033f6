import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { createSigner } from "../../src/signer/create-signer.ts";
import { explain, redactToken } from "../../src/diagnose.ts";
import { redactTokens } from "../../src/diagnose/redact.ts";
import { handClock } from "../clock/hand-clock.ts";

const sessionToken = `IQoJb3JpZ2luX2VjEXAMPLE/token+value${"x".repeat(647)}==`;
const credentials = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG", sessionToken };
const signer = createSigner({ region: "eu-west-1", credentials, clock: handClock(Date.UTC(2026, 4, 21, 12)) });
const request = {
  method: "POST",
  url: "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations?b=2&a=1",
  headers: { "content-type": "application/json" },
  body: "{}",
};
const shown = `<session token, 684 chars, sha256 ${createHash("sha256").update(sessionToken).digest("hex").slice(0, 8)}>`;

describe("explain", () => {
  it("shows every stage, and the signature that the signer makes", async () => {
    const signed = await signer.sign(request);
    const explanation = await explain(signer, request);
    expect(explanation).toMatchObject({
      method: "POST",
      url: signed.url,
      accessKeyId: "ASIAEXAMPLE",
      date: "20260521T120000Z",
      credentialScope: "20260521/eu-west-1/sagemaker/aws4_request",
      canonicalUri: "/endpoints/e/invocations",
      canonicalQuery: "a=1&b=2",
      canonicalHeaders:
        "content-type:application/json\nhost:runtime.sagemaker.eu-west-1.amazonaws.com\n" +
        `x-amz-date:20260521T120000Z\nx-amz-security-token:${shown}`,
      signedHeaders: "content-type;host;x-amz-date;x-amz-security-token",
      payloadHash: createHash("sha256").update("{}").digest("hex"),
      authorization: signed.headers["authorization"],
    });
    expect(explanation.authorization.endsWith(explanation.signature)).toBe(true);
    expect(explanation.stringToSign).toBe(
      `AWS4-HMAC-SHA256\n${explanation.date}\n${explanation.credentialScope}\n${explanation.canonicalRequestHash}`,
    );
  });

  it("shows the session token as its length and hash, and neither it nor the secret anywhere", async () => {
    const explanation = await explain(signer, {
      ...request,
      url: `${request.url}&x=${encodeURIComponent(sessionToken)}`,
    });
    expect(explanation.headers["x-amz-security-token"]).toBe(shown);
    expect(explanation.canonicalRequest).toContain(shown);
    const everything = inspect(explanation, { depth: 9, showHidden: true }) + JSON.stringify(explanation);
    expect(everything).not.toContain(sessionToken);
    expect(everything).not.toContain(credentials.secretAccessKey);
  });

  it("reveals the token, and never the secret, when told to", async () => {
    const explanation = await explain(signer, request, { reveal: true });
    expect(explanation.headers["x-amz-security-token"]).toBe(sessionToken);
    const hash = createHash("sha256").update(explanation.canonicalRequest).digest("hex");
    expect(explanation.canonicalRequestHash).toBe(hash);
    expect(inspect(explanation, { depth: 9, showHidden: true })).not.toContain(credentials.secretAccessKey);
  });
});

describe("redactTokens", () => {
  it.each([
    `x-amz-security-token:${sessionToken}`,
    `X-Amz-Security-Token: ${sessionToken}`,
    `GET /?X-Amz-Security-Token=${encodeURIComponent(sessionToken)}&a=1`,
    `a=${encodeURIComponent(`X-Amz-Security-Token=${encodeURIComponent(sessionToken)}`)}`,
  ])("finds a token wherever signing puts one", (text) => {
    const redacted = redactTokens(`before\n${text}\nafter`);
    expect(redacted).toContain(redactToken(sessionToken));
    expect(redacted).toMatch(/^before\n.*\nafter$/);
    expect(redacted).not.toContain("EXAMPLE");
  });
});
