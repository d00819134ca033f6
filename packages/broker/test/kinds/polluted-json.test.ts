import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { createGrantRoles } from "../../src/server/grants/grant-role.ts";
import { auditLabel } from "../../src/server/grants/subject.ts";
import type { Role } from "../../src/model/role.ts";
import { createKeyring } from "../../src/store/keyring.ts";
import { createRecordSeal } from "../../src/store/record-seal.ts";
import { createRevocationMac } from "../../src/store/revocation-mac.ts";
import { revocationSubject } from "../../src/store/revocations.ts";

/** Runs an act while every object and list has a `toJSON`, by which `JSON.stringify` would write all as one text. */
function polluted<Result>(act: () => Result): Result {
  // oxlint-disable-next-line no-extend-native -- this is the attack
  Object.defineProperty(Object.prototype, "toJSON", { value: () => "one", configurable: true, writable: true });
  try {
    return act();
  } finally {
    delete (Object.prototype as { toJSON?: unknown }).toJSON;
  }
}

const keyring = createKeyring([{ id: "a", key: randomBytes(32) }]);

it.each<[string, (name: string) => string]>([
  ["callers of the audit trail", (name) => auditLabel("https://idp.example.com", name)],
  ["subjects of revocations", (name) => revocationSubject(`arn:aws:iam::111122223333:role/${name}`, undefined, "i")],
  ["tenants of revocations", (name) => revocationSubject(undefined, name, undefined)],
  [
    "revocations of a store",
    (name) => createRevocationMac("ns", keyring).write({ subject: name, epoch: 1, issuedBefore: 2 }),
  ],
])("a polluted toJSON makes no two %s one, and changes none", (_what, of) => {
  const before = ["a", "b"].map(of);
  expect(before[0]).not.toBe(before[1]);
  expect(polluted(() => ["a", "b"].map(of))).toEqual(before);
});

it("a polluted toJSON lets no record be read in another one's place", () => {
  const seal = createRecordSeal("ns", keyring);
  const slot = { key: "k1", canon: "{}", subjects: ["s1"], operation: "AssumeRole" as const, input: {} };
  const expiration = new Date(1_767_323_045_000);
  const credentials = { accessKeyId: "ASIA", secretAccessKey: "s", sessionToken: "t", expiration };
  const frame = { expiresAt: expiration.getTime(), epochs: [7] };
  const sealed = seal.seal(slot, { credentials, issuedAt: 1, epochs: [7] });
  expect(polluted(() => seal.open(slot, frame, sealed))).toMatchObject({ issuedAt: 1 });
  expect(polluted(() => seal.open({ ...slot, key: "k2" }, frame, sealed))).toBe("RECORD_FORGED");
  expect(polluted(() => seal.open(slot, { ...frame, epochs: [8] }, sealed))).toBe("RECORD_FORGED");
});

it("a polluted toJSON gives no caller the session of another one", () => {
  let made = 0;
  const broker = { role: () => ({ id: made++ }) as unknown as Role };
  const roles = createGrantRoles(broker as never);
  const grant = { roleArn: "arn:aws:iam::111122223333:role/web", allow: [] } as never;
  const of = (sub: string): Role => roles.browser("web", grant, { iss: "https://idp.example.com", sub });
  expect(polluted(() => of("ada"))).not.toBe(polluted(() => of("bob")));
  expect(of("ada")).toBe(of("ada"));
});
