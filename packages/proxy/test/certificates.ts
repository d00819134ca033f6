import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** A certificate and its key, PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** Makes an authority with openssl, and certificates of a server and two clients under it. */
export function issueCertificates(): {
  readonly ca: string;
  readonly server: Pair;
  readonly client: Pair;
  readonly stranger: Pair;
} {
  const folder = mkdtempSync(path.join(tmpdir(), "certificates-"));
  const openssl = (...words: string[]): void => void execFileSync("openssl", words, { cwd: folder, stdio: "pipe" });
  const read = (name: string): string => readFileSync(path.join(folder, name), "utf8");
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...newKey, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=authority");
  writeFileSync(path.join(folder, "names"), "subjectAltName=DNS:localhost,IP:127.0.0.1");
  const issue = (name: string): Pair => {
    openssl("req", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-out",
      `${name}.pem`,
      "-days",
      "1",
      "-extfile",
      "names",
    );
    return { cert: read(`${name}.pem`), key: read(`${name}.key`) };
  };
  try {
    return { ca: read("ca.pem"), server: issue("server"), client: issue("client"), stranger: issue("stranger") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
