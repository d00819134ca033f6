import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate with its key, in PEM, and where they lie for programs that want files. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** SHA-256 of the public key, base64. */
  readonly pin: string;
}

/** What a certificate is to be. */
export interface IdentityRequest {
  readonly name?: string;
  readonly san?: string;
  readonly key?: "ec" | "rsa";
  readonly days?: number;
  readonly usage?: "serverAuth" | "clientAuth";
  readonly ca?: boolean;
  /** Lines for openssl instead of the usual extensions. */
  readonly extensions?: readonly string[];
  /** Of an RSA key. Default 2048. */
  readonly bits?: number;
  /** What the issuer signs. Default SHA-256. */
  readonly digest?: "sha1" | "sha256";
  /** Leaves out the key identifiers, so that names alone link the certificate to its issuer. */
  readonly anonymousIssuer?: boolean;
  /** Itself when `undefined`. */
  readonly issuer?: Identity | undefined;
}

/** A certificate authority made by the system's openssl for one test file. */
export interface Authority {
  readonly directory: string;
  readonly root: Identity;
  /** For `localhost`, `127.0.0.1` and `::1` unless told otherwise. */
  issue(request?: IdentityRequest): Identity;
  dispose(): void;
}

export function createAuthority(name = "Test Root"): Authority {
  const directory = mkdtempSync(join(tmpdir(), "transport-"));
  const openssl = (...args: readonly string[]): Buffer =>
    execFileSync("openssl", args, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  let serial = 0;

  function issue(request: IdentityRequest = {}): Identity {
    const id = `c${serial++}`;
    const keyFile = join(directory, `${id}.key`);
    const certFile = join(directory, `${id}.pem`);
    const csr = join(directory, `${id}.csr`);
    const extensions = join(directory, `${id}.ext`);
    const algorithm =
      request.key === "rsa"
        ? ["-algorithm", "RSA", "-pkeyopt", `rsa_keygen_bits:${request.bits ?? 2048}`]
        : ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    openssl("genpkey", ...algorithm, "-out", keyFile);
    openssl("req", "-new", "-key", keyFile, "-subj", `/CN=${request.name ?? "localhost"}`, "-out", csr);
    writeFileSync(
      extensions,
      request.extensions !== undefined
        ? request.extensions.join("\n")
        : request.ca === true
          ? "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
          : `basicConstraints=critical,CA:FALSE\nextendedKeyUsage=${request.usage ?? "serverAuth"}\nsubjectAltName=${
              request.san ?? "DNS:localhost,IP:127.0.0.1,IP:::1"
            }\nsubjectKeyIdentifier=hash\n${request.anonymousIssuer === true ? "authorityKeyIdentifier=none\n" : ""}`,
    );
    const signer =
      request.issuer === undefined
        ? ["-signkey", keyFile]
        : ["-CA", request.issuer.certFile, "-CAkey", request.issuer.keyFile, "-CAcreateserial"];
    openssl(
      "x509",
      "-req",
      "-in",
      csr,
      ...signer,
      `-${request.digest ?? "sha256"}`,
      "-days",
      String(request.days ?? 30),
      "-extfile",
      extensions,
      "-out",
      certFile,
    );
    const spki = openssl("pkey", "-in", keyFile, "-pubout", "-outform", "DER");
    const pin = execFileSync("openssl", ["dgst", "-sha256", "-binary"], { input: spki }).toString("base64");
    return { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8"), certFile, keyFile, pin };
  }

  const root = issue({ name, ca: true, key: "ec" });
  return {
    directory,
    root,
    issue: (request) => issue({ issuer: root, ...request }),
    dispose: () => rmSync(directory, { recursive: true, force: true }),
  };
}
