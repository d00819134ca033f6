import { CliError } from "../cli-error.ts";
import { readTextFile } from "../input.ts";
import type { Io } from "../io.ts";
import type { AdminConfig, SecretReference } from "./listen-config.ts";
import { sha256 } from "./sha256.ts";

/**
 * Reads a secret. White space at its end is ignored, since editors and `echo` add a line end.
 *
 * @param field the field that refers to it, for messages.
 * @throws CliError `FILE_UNREADABLE`, or `INVALID_CONFIG` for an empty secret.
 */
export function readSecret(reference: SecretReference, field: string, { env }: Pick<Io, "env">): string {
  const found = "file" in reference ? readTextFile(reference.file) : (env[reference.env] ?? "");
  const secret = found.trimEnd();
  if (secret !== "") return secret;
  const where = "file" in reference ? `the file ${reference.file}` : `the variable ${reference.env}`;
  throw new CliError("INVALID_CONFIG", `${field}: must be in ${where}, which is empty or missing`);
}

/** Reads a key of 32 bytes in base64. @throws CliError `INVALID_CONFIG`, `FILE_UNREADABLE`. */
export function readKey(reference: SecretReference, field: string, io: Pick<Io, "env">): Uint8Array {
  const text = readSecret(reference, field, io);
  const key = Buffer.from(text, "base64");
  if (key.length === 32 && /^[A-Za-z0-9+/]{43}=$/u.test(text)) return key;
  throw new CliError("INVALID_CONFIG", `${field}: must be 32 bytes in base64, as openssl rand -base64 32 prints them`);
}

/** The SHA-256 of the operators' token, in hex; `undefined` without one. @throws CliError as `readSecret`. */
export function adminDigestOf({ admin }: { readonly admin?: AdminConfig }, io: Pick<Io, "env">): string | undefined {
  return admin?.token === undefined ? undefined : sha256(readSecret(admin.token, "/admin/token", io));
}
