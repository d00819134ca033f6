import tls from "node:tls";
import { describe, expect, it } from "vitest";
import { TransportError, serverTlsOptions, tlsPolicies } from "../../src/index.ts";
import { opensslAccepts } from "../../src/policy/tls-groups.ts";
import { clientContextOptions } from "../../src/policy/tls-options.ts";
import { resolvePolicy } from "../../src/policy/tls-policies.ts";
import { tlsSuites } from "../../src/policy/tls-suites.ts";

const code = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof TransportError) return `${error.code} ${error.message}`;
    throw error;
  }
  return "";
};

describe("suites", () => {
  it("have the names OpenSSL knows, and forward secrecy all", () => {
    const known = new Set(tls.getCiphers().map((name) => name.toUpperCase()));
    for (const suite of tlsSuites) {
      expect(known).toContain(suite.openssl.toUpperCase());
      expect(suite.name).toMatch(/^TLS_(?:AES|CHACHA20|ECDHE|DHE)_/);
    }
  });

  it("of the default policy are AEAD with ephemeral elliptic-curve keys in both protocol versions", () => {
    expect(resolvePolicy().ciphers).toEqual([
      "TLS_AES_128_GCM_SHA256",
      "TLS_AES_256_GCM_SHA384",
      "TLS_CHACHA20_POLY1305_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
      "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
      "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
      "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
      "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    ]);
  });

  it("of the fips policy are AES-GCM alone, on NIST curves and their hybrids", () => {
    const fips = resolvePolicy("fips");
    expect(fips.ciphers.every((name) => /_AES_(?:128|256)_GCM_/.test(name))).toBe(true);
    expect(fips.groups.filter((name) => !/^(?:P-256|P-384|SecP256r1MLKEM768|SecP384r1MLKEM1024)$/.test(name))).toEqual(
      [],
    );
  });

  it("without forward secrecy are refused in a custom policy", () => {
    expect(code(() => resolvePolicy({ ciphers: ["TLS_RSA_WITH_AES_256_GCM_SHA384"] }))).toContain("INVALID_OPTION");
    expect(code(() => resolvePolicy({ ciphers: ["AES256-SHA"] }))).toContain("must be suites with forward secrecy");
  });

  it("are taken by IANA or OpenSSL name and shown by IANA name", () => {
    const own = resolvePolicy({ ciphers: ["ECDHE-RSA-AES128-GCM-SHA256", "TLS_AES_256_GCM_SHA384"] });
    expect(own).toMatchObject({
      name: "custom",
      ciphers: ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"],
    });
  });

  it("with finite-field keys come by option only", () => {
    expect(resolvePolicy({ dhe: "min2048" }).ciphers).toContain("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256");
    expect(code(() => resolvePolicy({ ciphers: ["TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"] }))).toContain(
      'tls.dhe: must be "min2048"',
    );
  });

  it("of versions that the policy excludes are left out", () => {
    expect(resolvePolicy("tls13").ciphers).toHaveLength(3);
    expect(resolvePolicy({ maxVersion: "TLSv1.2" }).ciphers.some((name) => name.startsWith("TLS_AES"))).toBe(false);
    expect(code(() => resolvePolicy({ minVersion: "TLSv1.3", maxVersion: "TLSv1.2" }))).toContain(
      "must be at most tls.maxVersion",
    );
    expect(code(() => resolvePolicy({ minVersion: "TLSv1.1" as "TLSv1.2" }))).toContain("INVALID_OPTION");
  });
});

describe("groups", () => {
  const hybrid = opensslAccepts("X25519MLKEM768");

  it("put the hybrid first where this OpenSSL has it", () => {
    expect(resolvePolicy().groups).toEqual([...(hybrid ? ["X25519MLKEM768"] : []), "X25519", "P-256", "P-384"]);
  });

  it("leave hybrids out on demand", () => {
    expect(resolvePolicy("default", "off").groups).toEqual(["X25519", "P-256", "P-384"]);
  });

  it("are hybrids alone, over TLS 1.3, when post-quantum keys are required", () => {
    const outcome = code(() => {
      const { minVersion, groups } = resolvePolicy("default", "require");
      throw new TransportError("INVALID_OPTION", `${minVersion} ${groups.join()}`, { phase: "configure" });
    });
    expect(outcome).toMatch(
      hybrid ? /^INVALID_OPTION TLSv1\.3 X25519MLKEM768$/ : /^TLS_POST_QUANTUM_REQUIRED .*OpenSSL 3\.5/,
    );
  });

  it("never are X25519 alone under the name of post-quantum", () => {
    expect(code(() => resolvePolicy({ groups: ["X25519"] }, "require"))).toContain("TLS_POST_QUANTUM_REQUIRED");
  });

  it("with unknown names are refused", () => {
    expect(code(() => resolvePolicy({ groups: ["secp160r1"] }))).toContain("INVALID_OPTION");
    expect(code(() => resolvePolicy({ groups: [] }))).toContain("INVALID_OPTION");
  });
});

it("makes options of every policy that Node takes, for clients and servers", () => {
  for (const name of Object.keys(tlsPolicies) as (keyof typeof tlsPolicies)[]) {
    expect(() => tls.createSecureContext(clientContextOptions(resolvePolicy(name)))).not.toThrow();
    expect(() => tls.createServer(serverTlsOptions(name))).not.toThrow();
  }
});

it("states every option that Node would else take from its command line", () => {
  expect(clientContextOptions(resolvePolicy("tls13"))).toMatchObject({
    minVersion: "TLSv1.3",
    maxVersion: "TLSv1.3",
    ciphers: expect.stringMatching(/TLS_AES_128_GCM_SHA256.*ECDHE-RSA-AES128-GCM-SHA256.*@SECLEVEL=2$/),
    ecdhCurve: expect.any(String),
    sigalgs: expect.not.stringMatching(/sha1\b/i),
    secureOptions: expect.any(Number),
  });
});

it("rejects an unknown name", () => {
  expect(code(() => resolvePolicy("legacy" as "default"))).toContain("INVALID_OPTION");
  expect(code(() => resolvePolicy("toString" as "default"))).toContain("INVALID_OPTION");
});
