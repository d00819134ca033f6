import { createPublicKey, createVerify, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { SigningSettings } from "@countersign/signer";
import { deriveKeyPair, presignRequest, signRequest } from "@countersign/signer/v4a";
import * as elsewhere from "../../src/platform/web/ecdsa.ts";
import { type SuiteCase, suiteCases } from "../vectors/official.ts";

const hexOf = (base64url: unknown): string => Buffer.from(String(base64url), "base64url").toString("hex");

function given({ context, method, url, headers, body }: SuiteCase) {
  const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, token: sessionToken } = context.credentials;
  const settings: SigningSettings = {
    pathNormalization: context.normalize ? "rfc3986" : "none",
    signedHeaders: { also: headers.map(([name]) => name) },
    sessionToken: context.omit_session_token === true ? "appended" : "signed",
    payloadHeader: context.sign_body ? "always" : "never",
  };
  const credentials = { accessKeyId, secretAccessKey, sessionToken };
  const date = new Date(context.timestamp);
  return {
    request: { method, url, headers, body },
    context: { credentials, region: context.region, service: context.service, date, settings },
  };
}

describe("the official SigV4a suite", () => {
  const cases = suiteCases("v4a");

  it("has all its cases", () => expect(cases).toHaveLength(38));

  it.each(cases)("$name", (suiteCase) => {
    const { header, query } = suiteCase;
    const { request, context } = given(suiteCase);
    const { publicKey } = deriveKeyPair(context.credentials);
    const jwk = publicKey.export({ format: "jwk" }) as { x: string; y: string };
    expect({ X: hexOf(jwk.x), Y: hexOf(jwk.y) }).toEqual(suiteCase.publicKey);

    const official = createPublicKey({ format: "jwk", key: { kty: "EC", crv: "P-256", x: jwk.x, y: jwk.y } });
    const isValid = (toSign: string, signature: string): boolean =>
      verify("sha256", Buffer.from(toSign), official, Buffer.from(signature, "hex"));

    const signed = signRequest(request, context);
    expect(signed.canonicalRequest).toBe(header.canonicalRequest);
    expect(signed.stringToSign).toBe(header.stringToSign);
    expect(isValid(signed.stringToSign, signed.signature)).toBe(true);
    expect(isValid(signed.stringToSign, header.signature.trim())).toBe(true);

    const expiresIn = suiteCase.context.expiration_in_seconds;
    const presigned = presignRequest(request, { ...context, expiresIn });
    expect(presigned.canonicalRequest).toBe(query.canonicalRequest);
    expect(presigned.stringToSign).toBe(query.stringToSign);
    expect(isValid(presigned.stringToSign, presigned.signature)).toBe(true);
    expect(isValid(presigned.stringToSign, query.signature.trim())).toBe(true);
  });
});

describe("SigV4a", () => {
  const credentials = {
    accessKeyId: "AKISORANDOMAASORANDOM",
    secretAccessKey: "q+jcrXGc+0zWN6uzclKVhvMmUsIfRPa4rlRandom",
  };
  const context = { credentials, region: "us-east-1,us-west-2", service: "s3", date: new Date("2026-11-23T12:00:00Z") };

  it("signs the region set and verifies with the public key", () => {
    const signature = signRequest({ url: "https://h.example/" }, { ...context, region: "*" });
    expect(signature.headers["x-amz-region-set"]).toBe("*");
    expect(signature.credentialScope).toBe("20261123/s3/aws4_request");
    expect(signature.signedHeaders.split(";")).toContain("x-amz-region-set");
    const { publicKey } = deriveKeyPair(credentials);
    const pem = createPublicKey({ key: publicKey.export({ format: "jwk" }) as never, format: "jwk" });
    const verifier = createVerify("sha256").update(signature.stringToSign);
    expect(verifier.verify(pem, signature.signature, "hex")).toBe(true);
  });

  it("takes a key pair that was derived before", () => {
    const signingKey = deriveKeyPair(credentials);
    expect(signRequest({ url: "https://h.example/" }, { ...context, signingKey }).signature).toMatch(/^30[\da-f]+$/);
  });

  it.each(["", "us east", "us-east-1,", "a\nb"])("refuses the region set %j", (region) => {
    expect(() => signRequest({ url: "https://h.example/" }, { ...context, region })).toThrow(
      expect.objectContaining({ code: "INVALID_REGION" }),
    );
  });

  it("says so where the runtime cannot do it", () => {
    const refusal = expect.objectContaining({ code: "UNSUPPORTED_RUNTIME" });
    expect(() => elsewhere.deriveKeys(new Uint8Array(32))).toThrow(refusal);
    expect(() => elsewhere.ecdsaSign(deriveKeyPair(credentials), "")).toThrow(refusal);
  });
});
