import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { Keyring } from "./keyring.ts";
import type { Revocation } from "./store.ts";
import { canonicalJson } from "../spec/canonical-key.ts";

/** Why stored text is not a revocation. */
export type RevocationFailure = "REVOCATION_FORGED" | "REVOCATION_KEY_UNKNOWN";

/** Writes revocations as text with a MAC (HMAC-SHA-256), and reads them back. */
export interface RevocationMac {
  write(revocation: Revocation): string;
  read(subject: string, text: string): Revocation | RevocationFailure;
}

/** epoch:issuedBefore:MAC:key id. */
const FORM = /^(\d{1,15}):(\d{1,15}):([\w-]{43}):([\u0021-\u007e]{1,255})$/u;

/** The first key of the keyring signs, all verify. */
export function createRevocationMac(namespace: string, keyring: Keyring): RevocationMac {
  const keys = new Map<string, Buffer>();

  function keyFor(id: string): Buffer | undefined {
    const master = keyring.get(id);
    if (master === undefined) return undefined;
    let key = keys.get(id);
    if (key === undefined) {
      key = Buffer.from(hkdfSync("sha256", master, "", `countersign/v1/revocation/${namespace}`, 32));
      keys.set(id, key);
    }
    return key;
  }

  const macOf = (key: Buffer, id: string, { subject, epoch, issuedBefore }: Revocation): Buffer =>
    createHmac("sha256", key)
      .update(canonicalJson(["v1", namespace, id, subject, epoch, issuedBefore]))
      .digest();

  return {
    write(revocation) {
      const id = keyring.primaryId;
      const mac = macOf(keyFor(id) as Buffer, id, revocation).toString("base64url");
      return `${revocation.epoch}:${revocation.issuedBefore}:${mac}:${id}`;
    },
    read(subject, text) {
      const [, epoch, issuedBefore, mac = "", id = ""] = FORM.exec(text) ?? [];
      if (epoch === undefined) return "REVOCATION_FORGED";
      const key = keyFor(id);
      if (key === undefined) return "REVOCATION_KEY_UNKNOWN";
      const revocation = { subject, epoch: Number(epoch), issuedBefore: Number(issuedBefore) };
      const given = Buffer.from(mac, "base64url");
      const expected = macOf(key, id, revocation);
      return given.length === expected.length && timingSafeEqual(given, expected) ? revocation : "REVOCATION_FORGED";
    },
  };
}
