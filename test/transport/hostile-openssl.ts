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
  return configurationFile(`${HEAD}${commands.join("\n")}\n`);
}

const HEAD = "nodejs_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = hostile\n[hostile]\n";

/** Writes a file, which an OpenSSL configuration is or includes. */
function configurationFile(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), "openssl-conf-"));
  files.push(directory);
  const file = join(directory, "openssl.cnf");
  writeFileSync(file, text);
  return file;
}

/**
 * Each way in which a process comes to read a configuration, as its environment: by the variable and by flags of Node, in
 * an included file, beside providers, and from the section that other programs read.
 */
export function deliveries(...commands: readonly string[]): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const plain = opensslConfiguration(...commands);
  const section = `${commands.join("\n")}\n`;
  const shared = configurationFile(`${HEAD.replace("nodejs_conf", "openssl_conf")}${section}`);
  return {
    OPENSSL_CONF: { OPENSSL_CONF: plain },
    "--openssl-config": { NODE_OPTIONS: `--openssl-config=${plain}` },
    "--openssl-shared-config": { NODE_OPTIONS: "--openssl-shared-config", OPENSSL_CONF: shared },
    ".include": { OPENSSL_CONF: configurationFile(`${HEAD}.include = ${configurationFile(section)}\n`) },
    "sections of providers": {
      OPENSSL_CONF: configurationFile(
        `${HEAD.replace("[init]\n", "[init]\nproviders = p\n")}${section}` +
          "[p]\ndefault = d\nlegacy = l\n[d]\nactivate = 1\n[l]\nactivate = 1\n",
      ),
    },
    "flags of Node beside it": {
      NODE_OPTIONS: "--tls-cipher-list=kRSA:@SECLEVEL=0 --tls-min-v1.0 --tls-max-v1.2",
      OPENSSL_CONF: plain,
    },
  };
}

/** Names an engine that does not exist. */
export function engineConfiguration(): string {
  return configurationFile(
    "nodejs_conf = init\n[init]\nengines = e\n[e]\nx = y\n[y]\nengine_id = dynamic\nSO_PATH = /nonexistent.so\ninit = 1\n",
  );
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
  "CipherString = kRSA:aNULL:eNULL:@SECLEVEL=0",
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
