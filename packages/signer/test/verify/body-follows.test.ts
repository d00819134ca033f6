import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { applySignature, type SignableRequest, signRequest } from "../../src/index.ts";
import { createVerifier, type ReceivedRequest } from "../../src/verify.ts";
import { handClock } from "../clock/hand-clock.ts";

const START = Date.UTC(2026, 4, 21, 12);
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" };
const verify = createVerifier({ resolve: async () => credentials, clock: handClock(START) });
const sha256 = createHash("sha256").update("the body").digest("hex");

function received(request: SignableRequest, service = "s3"): ReceivedRequest {
  const signed = applySignature(
    request,
    signRequest(request, { credentials, region: "eu-west-1", service, date: new Date(START) }),
  );
  const { host, pathname } = new URL(signed.url);
  return { method: signed.method, url: pathname, headers: { host, ...signed.headers }, bodyFollows: true };
}

const upload = { method: "PUT", url: "https://s3.eu-west-1.amazonaws.com/b/k", payload: { sha256 } } as const;

describe("a request whose body follows", () => {
  it("is verified by the hash that it announces, which is handed on", async () => {
    await expect(verify(received(upload))).resolves.toMatchObject({
      payload: "hash",
      payloadHash: sha256,
      body: undefined,
    });
  });

  it("is refused when the announced hash is not the signed one", async () => {
    const request = received(upload);
    const headers = { ...(request.headers as Record<string, string>), "x-amz-content-sha256": "0".repeat(64) };
    await expect(verify({ ...request, headers })).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });

  it("counts as empty when it announces no hash", async () => {
    const invoke = { method: "POST", url: "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations" };
    await expect(verify(received({ ...invoke, body: "the body" }, "sagemaker"))).rejects.toMatchObject({
      code: "SignatureDoesNotMatch",
    });
  });

  it("does not get out of the comparison by giving the body as well", async () => {
    await expect(verify({ ...received(upload), body: "another" })).rejects.toMatchObject({
      code: "XAmzContentSHA256Mismatch",
    });
  });
});
