import { describe, expect, it } from "vitest";
import { createSigner } from "../../src/signer/create-signer.ts";
import { explain, readExpected, redactToken } from "../../src/diagnose.ts";
import { handClock } from "../clock/hand-clock.ts";
import { json, query, restJson, s3 } from "./aws-answer.ts";

const sessionToken = "IQoJb3JpZ2luX2VjEXAMPLE/token+value==";
const credentials = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG", sessionToken };
const signer = createSigner({ region: "eu-west-1", credentials, clock: handClock(Date.UTC(2026, 4, 21, 12)) });
const request = { url: "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity" };

describe("readExpected", () => {
  it.each([
    ["JSON 1.1", json],
    ["REST JSON", restJson],
    ["Query XML", query],
    ["S3 XML", s3],
  ])("reads what AWS says it expected in %s, with the session token redacted", async (_, write) => {
    const { canonicalRequest, stringToSign } = await explain(signer, request, { reveal: true });
    const answer = write({
      code: "SignatureDoesNotMatch",
      message: "It does not match.",
      canonicalRequest,
      stringToSign,
    });
    const expected = readExpected(answer);
    expect(expected.code).toBe("SignatureDoesNotMatch");
    expect(expected.message).toMatch(/^It does not match\./);
    expect(expected.canonicalRequest).toBe(canonicalRequest.replace(sessionToken, redactToken(sessionToken)));
    expect(expected.stringToSign).toBe(stringToSign);
    expect(JSON.stringify(expected)).not.toContain("EXAMPLE/token");
    expect(readExpected(answer, { reveal: true }).canonicalRequest).toBe(canonicalRequest);
  });

  it("finds the token again where AWS repeats it without its name", () => {
    const message = `x-amz-security-token:${sessionToken}\nand again ${sessionToken.slice(3)}`;
    expect(readExpected({ status: 403, body: JSON.stringify({ message }) }).message).not.toContain("EXAMPLE");
  });

  it.each(["", "<", "{", "[]", "no answer of AWS"])("never throws: %j", (body) => {
    const expected = readExpected({ status: 403, body });
    expect(expected).toMatchObject({ code: "" });
    expect(expected).not.toHaveProperty("canonicalRequest");
    expect(expected).not.toHaveProperty("stringToSign");
  });
});
