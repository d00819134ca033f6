import { type AwsCredentials, createClock, createEmitter, deriveSigningKey } from "@countersign/signer";
import { expect, it, vi } from "vitest";
import { createSigningCore } from "../src/signing-core.ts";

vi.mock("@countersign/signer", async (original) => {
  const signer = await original<typeof import("@countersign/signer")>();
  return { ...signer, deriveSigningKey: vi.fn<typeof deriveSigningKey>(signer.deriveSigningKey) };
});
const derive = vi.mocked(deriveSigningKey);

const now = Date.UTC(2026, 10, 23, 12);
const clock = createClock({ wall: () => now, monotonic: () => 0 });
const request = { method: "POST", url: "https://api.example.com/", headers: { host: "api.example.com" }, body: "{}" };

it("derives each key once for a set of services that is one larger than the limit", () => {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
  const core = createSigningCore(clock, createEmitter(undefined, clock));
  const derivationsFor = (service: number): number => {
    derive.mockClear();
    const task = { credentials, region: "eu-west-1", date: new Date(now), payloadHeader: true };
    core.sign(request as never, { ...task, service: `service${service}` });
    return derive.mock.calls.length;
  };
  expect(derivationsFor(0)).toBe(1);
  expect(derivationsFor(0)).toBe(0);
  for (let n = 1; n < 17; n++) expect(derivationsFor(n)).toBe(1);
  for (let n = 0; n < 17 * 5; n++) expect(derivationsFor(n % 17)).toBe(0);
});

it.each(["accessKeyId", "secretAccessKey", "sessionToken", "expiration"])(
  "a getter that answers otherwise the second time: %s is read once",
  (field) => {
    const first = {
      accessKeyId: "AKIDONE",
      secretAccessKey: "secretone",
      sessionToken: "tokenone",
      expiration: new Date(now + 3_600_000),
    };
    const core = createSigningCore(clock, createEmitter(undefined, clock));
    const sign = (credentials: AwsCredentials): unknown =>
      core.sign(request as never, {
        credentials,
        region: "eu-west-1",
        service: "sagemaker",
        date: new Date(now),
        payloadHeader: false,
      });
    const answers: unknown[] = [first[field as "accessKeyId"]];
    const get = (): unknown => answers.pop() ?? (field === "expiration" ? new Date(0) : "AKIDTWO, X=\n");
    const turning = Object.defineProperty({ ...first }, field, { get });
    expect(sign(turning)).toEqual(sign(first));
    // What was cached for this object is the key of the secret that it was cached under.
    Object.defineProperty(turning, field, { value: first[field as "accessKeyId"] });
    expect(sign(turning)).toEqual(sign(first));
  },
);

it.each(["sign", "presign"] as const)(
  "a key is that of the secret, also when the caller changed the object: %s",
  (how) => {
    const core = createSigningCore(clock, createEmitter(undefined, clock));
    const signatureBy = (credentials: { accessKeyId: string; secretAccessKey: string }): unknown => {
      const task = {
        credentials,
        region: "eu-west-1",
        service: "sagemaker",
        date: new Date(now),
        payloadHeader: false,
      };
      return how === "sign"
        ? core.sign(request as never, task)["authorization"]
        : core.presign(request as never, { ...task, expiresIn: 60 });
    };
    const rotated = { accessKeyId: "AKIDONE", secretAccessKey: "secretone" };
    const first = signatureBy(rotated);
    Object.assign(rotated, { accessKeyId: "AKIDTWO", secretAccessKey: "secrettwo" });
    expect(signatureBy(rotated)).toBe(signatureBy({ ...rotated }));
    Object.assign(rotated, { accessKeyId: "AKIDONE", secretAccessKey: "secretone" });
    expect(signatureBy(rotated)).toBe(first);
  },
);
