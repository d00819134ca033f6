import { describe, expect, it } from "vitest";
import { applySignature, signRequest, type SigningSettings } from "@countersign/signer";
import { hasOfficialVectors, suiteCases } from "./vectors/official.ts";

describe.runIf(hasOfficialVectors)("the official suite, in headers", () => {
  const cases = suiteCases("v4");

  it("has all its cases", () => expect(cases).toHaveLength(38));

  it.each(cases)("$name", ({ context, method, url, headers, body, file }) => {
    const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, token: sessionToken } = context.credentials;
    const settings: SigningSettings = {
      pathNormalization: context.normalize ? "rfc3986" : "none",
      signedHeaders: { also: headers.map(([name]) => name) },
      sessionToken: context.omit_session_token === true ? "appended" : "signed",
      payloadHeader: context.sign_body ? "always" : "never",
    };
    const request = { method, url, headers, body };
    const signature = signRequest(request, {
      credentials: { accessKeyId, secretAccessKey, sessionToken },
      region: context.region,
      service: context.service,
      date: new Date(context.timestamp),
      settings,
    });
    expect(signature.canonicalRequest).toBe(file("header-canonical-request.txt"));
    expect(signature.stringToSign).toBe(file("header-string-to-sign.txt"));
    expect(signature.signature).toBe(file("header-signature.txt"));
    const signed = applySignature(request, signature);
    for (const [name, value] of Object.entries(signature.headers)) {
      expect(file("header-signed-request.txt").toLowerCase()).toContain(`\n${name}:${value.toLowerCase()}\n`);
    }
    expect(signed.url).toBe(url);
  });
});
