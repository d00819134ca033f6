import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createKeyring } from "../../src/store/keyring.ts";
import { createRecordSeal } from "../../src/store/record-seal.ts";
import type { StoredSession, StoreSlot } from "../../src/store/store.ts";

const slot: StoreSlot = { key: "k1", canon: '{"version":1}', subjects: ["s1"], operation: "AssumeRole", input: {} };
const session: StoredSession = {
  credentials: {
    accessKeyId: "ASIAEXAMPLE",
    secretAccessKey: "very-secret",
    sessionToken: "token",
    expiration: new Date(1_767_323_045_000),
    accountId: "111122223333",
  },
  issuedAt: 1_767_319_445_000,
  epochs: [7],
};
const frame = { expiresAt: 1_767_323_045_000, epochs: [7] };
const key = { id: "a", key: randomBytes(32) };
const seal = createRecordSeal("ns", createKeyring([key]));

test("what was sealed opens, and shows nothing while it is sealed", () => {
  const sealed = seal.seal(slot, session);
  expect(seal.open(slot, frame, sealed)).toEqual(session);
  expect(Buffer.from(sealed, "base64").toString("latin1")).not.toMatch(/very-secret|ASIAEXAMPLE|111122223333/u);
  expect(seal.seal(slot, session)).not.toBe(sealed);
});

test("a record that was moved or reframed does not open", () => {
  const sealed = seal.seal(slot, session);
  expect(seal.open({ ...slot, key: "k2" }, frame, sealed)).toBe("RECORD_FORGED");
  expect(seal.open({ ...slot, subjects: ["s2"] }, frame, sealed)).toBe("RECORD_FORGED");
  expect(seal.open(slot, { ...frame, expiresAt: frame.expiresAt + 1 }, sealed)).toBe("RECORD_FORGED");
  expect(seal.open(slot, { ...frame, epochs: [8] }, sealed)).toBe("RECORD_FORGED");
  expect(createRecordSeal("other", createKeyring([key])).open(slot, frame, sealed)).toBe("RECORD_FORGED");
  expect(seal.open({ ...slot, canon: "{}" }, frame, sealed)).toBe("RECORD_FOREIGN");
});

test("no byte of a record can be changed", () => {
  const bytes = Buffer.from(seal.seal(slot, session), "base64");
  for (let index = 0; index < bytes.length; index++) {
    const edited = Buffer.from(bytes);
    edited.writeUInt8(edited.readUInt8(index) ^ 1, index);
    expect(seal.open(slot, frame, edited.toString("base64"))).toMatch(/^RECORD_/u);
  }
});

test("no piece of a record is taken for a whole one", () => {
  const bytes = Buffer.from(seal.seal(slot, session), "base64");
  for (let length = 0; length < bytes.length; length++) {
    expect(seal.open(slot, frame, bytes.subarray(0, length).toString("base64"))).toMatch(/^RECORD_/u);
  }
  for (const junk of ["", "null", "🔒", "A".repeat(4096)]) expect(seal.open(slot, frame, junk)).toMatch(/^RECORD_/u);
});

test("the first key seals, all open, and a key that is gone opens nothing", () => {
  const next = { id: "b", key: randomBytes(32) };
  const old = seal.seal(slot, session);
  const rotating = createRecordSeal("ns", createKeyring([next, key]));
  expect(rotating.open(slot, frame, old)).toEqual(session);
  const fresh = rotating.seal(slot, session);
  expect(seal.open(slot, frame, fresh)).toBe("RECORD_KEY_UNKNOWN");
  expect(createRecordSeal("ns", createKeyring([next])).open(slot, frame, old)).toBe("RECORD_KEY_UNKNOWN");
  const impostor = createRecordSeal("ns", createKeyring([{ id: "b", key: randomBytes(32) }]));
  expect(impostor.open(slot, frame, fresh)).toBe("RECORD_FORGED");
});

test.each([
  [[], /at least one/u],
  [[{ id: "a", key: randomBytes(16) }], /^keyring\[0\]\.key: must be 32 bytes/u],
  [[{ id: "", key: randomBytes(32) }], /^keyring\[0\]\.id: must be 1-255/u],
  [[key, key], /two keys with one id/u],
])("a keyring that cannot be used is refused: %#", (keyring, message) => {
  expect(() => createRecordSeal("ns", createKeyring(keyring))).toThrow(message);
});
