import { type Shape, type Shapes, nested, oneOf, optional, text, unchecked } from "@countersign/signer/options";
import { TransportError, invalidOption, refuseOption } from "../errors/error.ts";
import { acceptedGroups, tlsGroup } from "./tls-groups.ts";
import { tlsSuite, tlsSuites } from "./tls-suites.ts";

/** The TLS versions, suites and groups that a connection may use. */
export interface TlsPolicy {
  /** Shown in reports and events. Default `custom`. */
  readonly name: string;
  /** Default `TLSv1.2`, the least that AWS endpoints speak. */
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  /** Default `TLSv1.3`. */
  readonly maxVersion: "TLSv1.2" | "TLSv1.3";
  /** Cipher suites in order of preference, by IANA or OpenSSL name. Suites without forward secrecy are refused. */
  readonly ciphers: readonly string[];
  /** Key exchange groups in order of preference. Groups that this runtime's OpenSSL lacks are left out. */
  readonly groups: readonly string[];
  /** `min2048` adds the DHE suites with groups of 2048 bits and more, for hosts without ECDHE. Default `off`. */
  readonly dhe: "off" | "min2048";
}

/** The names of the policies that come with the package. */
export type TlsPolicyName = "default" | "tls13" | "fips";

/** Whether connections must agree on keys that a quantum computer cannot recover. */
export type PostQuantum = "prefer" | "require" | "off";

const classicalGroups = ["X25519", "P-256", "P-384"] as const;

const aeadEcdhe = tlsSuites
  .filter((suite) => suite.aead && suite.keyExchange === "ECDHE" && suite.protocol === "TLSv1.2")
  .map((suite) => suite.name);

const tls13 = tlsSuites.filter((suite) => suite.protocol === "TLSv1.3").map((suite) => suite.name);

const aesGcm = (name: string): boolean => /_AES_(?:128|256)_GCM_/.test(name);

const dhe = tlsSuites.filter((suite) => suite.keyExchange === "DHE").map((suite) => suite.name);

/**
 * The policies by name. Spread one to change a part of it: `tls: { ...tlsPolicies.default, dhe: "min2048" }`.
 *
 * - `default`: TLS 1.2 and 1.3, AEAD, ephemeral elliptic-curve keys; what AWS endpoints prefer
 *   (https://docs.aws.amazon.com/sagemaker/latest/dg/infrastructure-security.html)
 * - `tls13`: TLS 1.3 alone
 * - `fips`: AES-GCM with NIST curves and their ML-KEM hybrids (NIST SP 800-52 Rev. 2)
 */
export const tlsPolicies: Readonly<Record<TlsPolicyName, TlsPolicy>> = Object.freeze(
  Object.assign(Object.create(null) as Record<TlsPolicyName, TlsPolicy>, {
    default: {
      name: "default",
      minVersion: "TLSv1.2",
      maxVersion: "TLSv1.3",
      ciphers: [...tls13, ...aeadEcdhe],
      groups: ["X25519MLKEM768", ...classicalGroups],
      dhe: "off",
    },
    tls13: {
      name: "tls13",
      minVersion: "TLSv1.3",
      maxVersion: "TLSv1.3",
      ciphers: tls13,
      groups: ["X25519MLKEM768", ...classicalGroups],
      dhe: "off",
    },
    fips: {
      name: "fips",
      minVersion: "TLSv1.2",
      maxVersion: "TLSv1.3",
      ciphers: [...tls13, ...aeadEcdhe].filter(aesGcm),
      groups: ["SecP256r1MLKEM768", "SecP384r1MLKEM1024", "P-256", "P-384"],
      dhe: "off",
    },
  } satisfies Record<TlsPolicyName, TlsPolicy>),
);

/** What the `tls` option takes: a name, or a policy whose missing parts come from `default`. */
export type TlsPolicyInput = TlsPolicyName | Partial<TlsPolicy>;

const version = oneOf("TLSv1.2", "TLSv1.3");

const shapes: Shapes<Partial<TlsPolicy>> = {
  name: optional(text),
  minVersion: optional(version),
  maxVersion: optional(version),
  ciphers: optional(unchecked),
  groups: optional(unchecked),
  dhe: optional(oneOf("off", "min2048")),
};

/** The shape of the `tls` option. {@link resolvePolicy} checks the names of suites and groups. */
export const tlsPolicyShape: Shape = (value, field, refuse) => {
  if (typeof value !== "object") return oneOf(...Object.keys(tlsPolicies))(value, field, refuse);
  return nested(shapes)(value, field, refuse);
};

/**
 * Checks a policy and fits it to this runtime: suites by their IANA names, groups reduced to those of this OpenSSL, DHE
 * and post-quantum applied.
 *
 * @throws {TransportError} `INVALID_OPTION`; `TLS_POST_QUANTUM_REQUIRED` when `require` meets an OpenSSL without ML-KEM.
 */
export function resolvePolicy(input: TlsPolicyInput = "default", postQuantum: PostQuantum = "prefer"): TlsPolicy {
  const checked = tlsPolicyShape(input, "tls", refuseOption) as TlsPolicyInput;
  const given: TlsPolicy =
    typeof checked === "string" ? tlsPolicies[checked] : { ...tlsPolicies.default, name: "custom", ...checked };
  const { minVersion, maxVersion } = given;
  if (minVersion > maxVersion) {
    throw invalidOption(`tls.minVersion: must be at most tls.maxVersion, which is ${maxVersion}`);
  }
  const needs13 = postQuantum === "require";
  if (needs13 && maxVersion !== "TLSv1.3") {
    throw invalidOption('tls.maxVersion: must be TLSv1.3 with postQuantum: "require"');
  }
  const fitted = { ...given, minVersion: needs13 ? "TLSv1.3" : minVersion } as const;
  return Object.freeze({
    name: given.name,
    minVersion: fitted.minVersion,
    maxVersion,
    ciphers: Object.freeze(suites(fitted)),
    groups: Object.freeze(groups(given.groups, postQuantum)),
    dhe: given.dhe,
  });
}

function names(option: string, value: string | readonly string[]): readonly string[] {
  const list: unknown = typeof value === "string" ? value.split(":") : value;
  if (!Array.isArray(list) || list.length === 0) throw invalidOption(`${option}: must be a list of at least one name`);
  return Array.from(list as readonly unknown[], (name) => (typeof name === "string" ? name : ""));
}

/** A name in a message, cut to the length of the longest that exists. */
const quoted = (name: string): string => JSON.stringify(name.slice(0, 48));

function suites(policy: TlsPolicy): string[] {
  const listed = names("tls.ciphers", policy.ciphers).map((name) => {
    const suite = tlsSuite(name);
    if (suite === undefined) {
      throw invalidOption(
        `tls.ciphers: must be suites with forward secrecy; ${quoted(name)} is not in the list (tls-suites.ts)`,
      );
    }
    if (suite.keyExchange === "DHE" && policy.dhe === "off") {
      throw invalidOption(`tls.dhe: must be "min2048" for ${quoted(name)}`);
    }
    return suite.name;
  });
  const all = policy.dhe === "min2048" ? [...listed, ...dhe] : listed;
  const usable = [...new Set(all)].filter((name) => {
    const { protocol } = tlsSuite(name) as { protocol: TlsPolicy["minVersion"] };
    return protocol >= policy.minVersion && protocol <= policy.maxVersion;
  });
  if (usable.length === 0) {
    throw invalidOption(`tls.ciphers: must have a suite of ${policy.minVersion} to ${policy.maxVersion}`);
  }
  return usable;
}

function groups(wanted: string | readonly string[], postQuantum: PostQuantum): string[] {
  const listed = names("tls.groups", wanted).map((name) => {
    const group = tlsGroup(name);
    if (group === undefined) {
      throw invalidOption(`tls.groups: must be known groups; ${quoted(name)} is not in the list (tls-groups.ts)`);
    }
    return group;
  });
  const fitting = listed.filter((group) =>
    postQuantum === "prefer" ? true : group.postQuantum === (postQuantum === "require"),
  );
  const usable = acceptedGroups([...new Set(fitting)]);
  if (usable.length > 0) {
    // A hybrid group listed late would cost a second round trip with every server that insists on it.
    return usable.toSorted((a, b) => Number(b.postQuantum) - Number(a.postQuantum)).map((group) => group.name);
  }
  if (postQuantum !== "require") {
    throw invalidOption(
      `tls.groups: must have a group of OpenSSL ${process.versions.openssl}; it lacks ${listed.map((group) => group.name).join(", ")}`,
    );
  }
  throw new TransportError(
    "TLS_POST_QUANTUM_REQUIRED",
    `postQuantum: "require" needs a hybrid group in tls.groups and OpenSSL 3.5 (Node 22.20, 24.5 or later); this is OpenSSL ${process.versions.openssl}`,
    { phase: "configure" },
  );
}
