import { createSecretKey, type KeyObject } from "node:crypto";
import { listOf, nested, shape, type Shape } from "@countersign/signer/options";
import { refuseOption } from "../errors/refuse.ts";

/** A key of the store. */
export interface RecordKey {
  /** 1-255 characters of ASCII. It is stored in the clear beside what the key protects. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** Checked keys by id. */
export interface Keyring {
  /** The id of the first key, which protects new records. */
  readonly primaryId: string;
  get(id: string): KeyObject | undefined;
}

const entries: Shape = listOf(
  nested<RecordKey>({
    id: shape(
      "1-255 ASCII characters without spaces",
      (id) => typeof id === "string" && /^[\u0021-\u007e]{1,255}$/u.test(id),
    ),
    key: shape("32 bytes", (key) => key instanceof Uint8Array && key.length === 32),
  }),
);

/** @throws BrokerError `INVALID_OPTION`. */
export function createKeyring(given: readonly RecordKey[]): Keyring {
  const checked = entries(given, "keyring", refuseOption) as readonly RecordKey[];
  const [primary] = checked;
  if (primary === undefined) return refuseOption("keyring: must have at least one { id, key }", "keyring");
  const keys = new Map(checked.map(({ id, key }) => [id, createSecretKey(key)]));
  if (keys.size < checked.length) refuseOption("keyring: must not have two keys with one id", "keyring");
  return { primaryId: primary.id, get: (id) => keys.get(id) };
}
