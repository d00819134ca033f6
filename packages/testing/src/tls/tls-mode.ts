import { createDiffieHellmanGroup } from "node:crypto";
import type { SecureVersion, TlsOptions } from "node:tls";
import type { CertificateAuthority } from "./certificates.ts";
import { integer, pem, sequence } from "./der.ts";

/**
 * How a server negotiates TLS. `pfs` is how AWS negotiates. A client with a TLS policy must refuse the other modes,
 * except `tls12`, `tls13` and `dhe`, which it may accept.
 */
export type TlsMode =
  | "pfs"
  | "tls12"
  | "tls13"
  | "static-rsa"
  | "cbc"
  | "dhe"
  | "dhe-1024"
  | "tls11"
  | "tls10"
  | "expired-certificate"
  | "self-signed"
  | "wrong-host";

interface TlsModeSpec {
  readonly versions: readonly [min: SecureVersion, max: SecureVersion];
  readonly ciphers: readonly string[];
  readonly key?: "rsa";
  /** OpenSSL's name of a MODP group; DHE suites need one. */
  readonly dhGroup?: "modp2" | "modp14";
  readonly certificate?: "expired" | "self-signed" | "wrong-host";
}

const tls13Suites = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
// What s2n-tls's default policies offer, AEAD alone: https://aws.github.io/s2n-tls/usage-guide/ch06-security-policies.html
const ecdheAead = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
];
// OpenSSL 3 keeps TLS below 1.2 and 1024-bit groups out unless the security level says 0.
const legacy = "@SECLEVEL=0";
const ecdheSha1 = ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", legacy];
const pfs = { versions: ["TLSv1.2", "TLSv1.3"], ciphers: [...tls13Suites, ...ecdheAead] } as const;

const modes: Readonly<Record<TlsMode, TlsModeSpec>> = Object.assign(Object.create(null) as object, {
  pfs,
  tls12: { versions: ["TLSv1.2", "TLSv1.2"], ciphers: ecdheAead },
  tls13: { versions: ["TLSv1.3", "TLSv1.3"], ciphers: tls13Suites },
  "static-rsa": {
    versions: ["TLSv1.2", "TLSv1.2"],
    ciphers: ["AES256-GCM-SHA384", "AES128-GCM-SHA256"],
    key: "rsa",
  },
  cbc: { versions: ["TLSv1.2", "TLSv1.2"], ciphers: ["ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA384"] },
  dhe: {
    versions: ["TLSv1.2", "TLSv1.2"],
    ciphers: ["DHE-RSA-AES256-GCM-SHA384", "DHE-RSA-AES128-GCM-SHA256"],
    key: "rsa",
    dhGroup: "modp14",
  },
  "dhe-1024": {
    versions: ["TLSv1.2", "TLSv1.2"],
    ciphers: ["DHE-RSA-AES256-GCM-SHA384", "DHE-RSA-AES128-GCM-SHA256", legacy],
    key: "rsa",
    dhGroup: "modp2",
  },
  tls11: { versions: ["TLSv1.1", "TLSv1.1"], ciphers: ecdheSha1 },
  tls10: { versions: ["TLSv1", "TLSv1"], ciphers: ecdheSha1 },
  "expired-certificate": { ...pfs, certificate: "expired" },
  "self-signed": { ...pfs, certificate: "self-signed" },
  "wrong-host": { ...pfs, certificate: "wrong-host" },
} as const satisfies Record<TlsMode, TlsModeSpec>);

/** The names of all modes. */
export const tlsModes: readonly TlsMode[] = Object.keys(modes) as TlsMode[];

/** The options of a TLS server that negotiates as `mode` says, with a certificate for `names`. */
export function tlsServerOptions(mode: TlsMode, authority: CertificateAuthority, names: readonly string[]): TlsOptions {
  const spec = modes[mode];
  const identity = authority.issue({
    names: spec.certificate === "wrong-host" ? ["not-this-host.example"] : names,
    ...(spec.key === undefined ? {} : { key: spec.key }),
    ...(spec.certificate === "expired" ? { notBefore: new Date(0), notAfter: new Date("2000-01-01T00:00:00Z") } : {}),
    selfSigned: spec.certificate === "self-signed",
  });
  return {
    ...identity,
    minVersion: spec.versions[0],
    maxVersion: spec.versions[1],
    ciphers: spec.ciphers.join(":"),
    honorCipherOrder: true,
    ...(spec.dhGroup === undefined ? {} : { dhparam: dhParameters(spec.dhGroup) }),
  };
}

/** PKCS #3 DHParameter of a group that the runtime knows. */
function dhParameters(name: string): string {
  const group = createDiffieHellmanGroup(name);
  return pem("DH PARAMETERS", sequence(integer(group.getPrime()), integer(group.getGenerator())));
}
