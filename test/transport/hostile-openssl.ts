import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const files: string[] = [];
afterAll(() => {
  for (const file of files.splice(0)) rmSync(file, { recursive: true, force: true });
});

/**
 * Writes an OpenSSL configuration whose commands apply to every secure context of a Node process that reads it
 * (`OPENSSL_CONF`). Commands: https://docs.openssl.org/3.5/man3/SSL_CONF_cmd/.
 */
export function opensslConfiguration(...commands: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), "openssl-conf-"));
  files.push(directory);
  const file = join(directory, "openssl.cnf");
  writeFileSync(
    file,
    `nodejs_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = hostile\n[hostile]\n${commands.join("\n")}\n`,
  );
  return file;
}

/** Commands that try to lower what a client accepts, one by one. */
export const hostileCommands: readonly string[] = [
  "Options = AllowNoDHEKEX",
  "Options = UnsafeLegacyRenegotiation",
  "Options = UnsafeLegacyServerConnect",
  "Options = Compression,-EncryptThenMac",
  "MinProtocol = TLSv1",
  "MaxProtocol = TLSv1.2",
  "CipherString = ALL:COMPLEMENTOFALL:@SECLEVEL=0",
  "CipherString = AES256-GCM-SHA384:@SECLEVEL=0",
  "Ciphersuites = TLS_AES_128_CCM_8_SHA256",
  "Groups = P-521",
  "Curves = P-521",
  "SignatureAlgorithms = RSA+SHA1:ECDSA+SHA1",
  "Protocol = -TLSv1.3",
];

/** All of them at once, where they do not contradict each other. */
export const hostileConfiguration: readonly string[] = [
  "Options = AllowNoDHEKEX,UnsafeLegacyRenegotiation,UnsafeLegacyServerConnect,Compression",
  "MinProtocol = TLSv1",
  "CipherString = ALL:COMPLEMENTOFALL:@SECLEVEL=0",
  "Ciphersuites = TLS_AES_128_CCM_8_SHA256",
  "Groups = P-521",
  "SignatureAlgorithms = RSA+SHA1:ECDSA+SHA1",
];

/** A server that resumes without a key share whenever the client allows it (OpenSSL 3.3 and later). */
export const withoutKeyShare: readonly string[] = ["Options = AllowNoDHEKEX,PreferNoDHEKEX"];
