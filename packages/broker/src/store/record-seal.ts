import { createCipheriv, createDecipheriv, hkdfSync, type KeyObject, randomBytes } from "node:crypto";
import type { Keyring } from "./keyring.ts";
import type { StoredSession, StoreSlot } from "./store.ts";
import { canonicalJson } from "../spec/canonical-key.ts";

/** Stored beside a record, and part of its authenticated data: a record that was moved or edited does not open. */
export interface RecordFrame {
  readonly expiresAt: number;
  readonly epochs: readonly number[];
}

/** Why a record does not open. */
export type SealFailure = "RECORD_MALFORMED" | "RECORD_KEY_UNKNOWN" | "RECORD_FORGED" | "RECORD_FOREIGN";

/** Seals records with AES-256-GCM. */
export interface RecordSeal {
  seal(slot: StoreSlot, session: StoredSession): string;
  open(slot: StoreSlot, frame: RecordFrame, sealed: string): StoredSession | SealFailure;
}

/*
 * magic (3) | length of key id (1) | key id | salt (16) | IV (12) | ciphertext | tag (16), in base64.
 * Each record has its own key, by HKDF-SHA-256 (RFC 5869) from a random salt, so GCM's bound on random IVs does not apply
 * (NIST SP 800-38D, section 8.3).
 */
const MAGIC = Buffer.from("CS1");
const SALT = 16;
const IV = 12;
const TAG = 16;
const CIPHER = "aes-256-gcm";

/** The first key of the keyring seals, all open. */
export function createRecordSeal(namespace: string, keyring: Keyring): RecordSeal {
  const recordKey = (master: KeyObject, salt: Buffer): Buffer =>
    Buffer.from(hkdfSync("sha256", master, salt, `countersign/v1/record/${namespace}`, 32));
  const bound = (id: string, slot: StoreSlot, { expiresAt, epochs }: RecordFrame): Buffer =>
    Buffer.from(canonicalJson(["v1", namespace, id, slot.key, slot.subjects, epochs, expiresAt]));

  return {
    seal(slot, { credentials, issuedAt, epochs }) {
      const id = keyring.primaryId;
      const expiresAt = credentials.expiration.getTime();
      const salt = randomBytes(SALT);
      const iv = randomBytes(IV);
      const cipher = createCipheriv(CIPHER, recordKey(keyring.get(id) as KeyObject, salt), iv, { authTagLength: TAG });
      cipher.setAAD(bound(id, slot, { expiresAt, epochs }));
      const { accessKeyId, secretAccessKey, sessionToken, accountId } = credentials;
      const plain = JSON.stringify({
        canon: slot.canon,
        issuedAt,
        accessKeyId,
        secretAccessKey,
        sessionToken,
        accountId,
      });
      const head = Buffer.concat([MAGIC, Buffer.from([id.length]), Buffer.from(id)]);
      return Buffer.concat([
        head,
        salt,
        iv,
        cipher.update(plain, "utf8"),
        cipher.final(),
        cipher.getAuthTag(),
      ]).toString("base64");
    },

    open(slot, frame, sealed) {
      const bytes = Buffer.from(sealed, "base64");
      const idLength = bytes[MAGIC.length] ?? 0;
      const saltAt = MAGIC.length + 1 + idLength;
      const ivAt = saltAt + SALT;
      const textAt = ivAt + IV;
      const tagAt = bytes.length - TAG;
      if (!bytes.subarray(0, MAGIC.length).equals(MAGIC) || tagAt <= textAt) return "RECORD_MALFORMED";
      const id = bytes.toString("latin1", MAGIC.length + 1, saltAt);
      const master = keyring.get(id);
      if (master === undefined) return "RECORD_KEY_UNKNOWN";
      let plain: string;
      try {
        const key = recordKey(master, bytes.subarray(saltAt, ivAt));
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(ivAt, textAt), { authTagLength: TAG });
        decipher.setAAD(bound(id, slot, frame));
        decipher.setAuthTag(bytes.subarray(tagAt));
        plain = Buffer.concat([decipher.update(bytes.subarray(textAt, tagAt)), decipher.final()]).toString("utf8");
      } catch {
        return "RECORD_FORGED";
      }
      const { canon, issuedAt, accessKeyId, secretAccessKey, sessionToken, accountId } = JSON.parse(plain);
      // Differs only if two versions of this package derive keys differently.
      if (canon !== slot.canon) return "RECORD_FOREIGN";
      const expiration = new Date(frame.expiresAt);
      return {
        credentials: { accessKeyId, secretAccessKey, sessionToken, expiration, accountId },
        issuedAt,
        epochs: frame.epochs,
      };
    },
  };
}
