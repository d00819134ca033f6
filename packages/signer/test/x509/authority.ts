import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** A key and its certificate, made by OpenSSL's own command. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** A folder in which OpenSSL's command issues certificates. */
export interface Authority extends Disposable {
  readonly root: Issued;
  readonly intermediate: Issued;
  issue(name: string, keyType: readonly string[], options?: IssueOptions): Issued;
  openssl(...args: readonly string[]): string;
  write(name: string, content: string | Uint8Array): string;
}

interface IssueOptions {
  readonly by?: Issued;
  readonly days?: number;
  readonly serial?: string;
  readonly isAuthority?: boolean;
}

export const RSA: readonly string[] = ["rsa:2048"];
export const EC: readonly string[] = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
export const EC_384: readonly string[] = ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"];

export function createAuthority(): Authority {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-x509-"));
  const openssl = (...args: readonly string[]): string =>
    execFileSync("openssl", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const write = (name: string, content: string | Uint8Array): string => {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    return file;
  };
  const issue = (
    name: string,
    keyType: readonly string[],
    { by, days = 30, serial = "0x01", isAuthority = false }: IssueOptions = {},
  ): Issued => {
    const [keyFile, certificateFile] = [path.join(folder, `${name}.key`), path.join(folder, `${name}.pem`)];
    openssl(
      "req",
      "-new",
      "-newkey",
      ...keyType,
      "-nodes",
      "-keyout",
      keyFile,
      "-out",
      `${name}.csr`,
      "-subj",
      `/CN=${name}`,
    );
    const usage = isAuthority
      ? "CA:TRUE\nkeyUsage=critical,keyCertSign"
      : "CA:FALSE\nkeyUsage=critical,digitalSignature";
    write(`${name}.ext`, `basicConstraints=critical,${usage}\n`);
    const signer = by === undefined ? ["-signkey", keyFile] : ["-CA", by.certificateFile, "-CAkey", by.keyFile];
    const fields = ["-days", String(days), "-set_serial", serial, "-sha256", "-extfile", `${name}.ext`];
    openssl("x509", "-req", "-in", `${name}.csr`, ...signer, ...fields, "-out", certificateFile);
    const [certificate, key] = [readFileSync(certificateFile, "utf8"), readFileSync(keyFile, "utf8")];
    return { certificate, key, certificateFile, keyFile };
  };
  const root = issue("root", EC, { isAuthority: true });
  const intermediate = issue("intermediate", EC, { by: root, isAuthority: true });
  return { root, intermediate, issue, openssl, write, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}
