import { createClock, createEmitter } from "@countersign/signer";
import { expect, it } from "vitest";
import { createSigningCore } from "../src/signing-core.ts";

const now = Date.UTC(2026, 10, 23, 12);
const clock = createClock({ wall: () => now, monotonic: () => 0 });
const request = { method: "POST", url: "https://api.example.com/", headers: { host: "api.example.com" }, body: "{}" };

it("derives each key once for a set of services that is one larger than the limit", () => {
  let reads = 0;
  const credentials = {
    accessKeyId: "AKIDEXAMPLE",
    // Read by each signature's check, and once more to derive a key.
    get secretAccessKey() {
      reads++;
      return "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    },
  };
  const core = createSigningCore(clock, createEmitter(undefined, clock));
  const readsOf = (service: number): number => {
    const before = reads;
    const task = { credentials, region: "eu-west-1", date: new Date(now), payloadHeader: true };
    core.sign(request as never, { ...task, service: `service${service}` });
    return reads - before;
  };
  const missed = readsOf(0);
  const hit = readsOf(0);
  expect(hit).toBeLessThan(missed);
  for (let n = 1; n < 17; n++) expect(readsOf(n)).toBe(missed);
  for (let n = 0; n < 17 * 5; n++) expect(readsOf(n % 17)).toBe(hit);
});

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
