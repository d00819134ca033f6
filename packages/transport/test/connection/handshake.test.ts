import { describe, expect, it } from "vitest";
import { TransportError } from "../../src/index.ts";
import {
  type HandshakeFacts,
  assertHandshake,
  isForwardSecret,
  negotiatedGroup,
} from "../../src/connection/handshake.ts";
import type { TlsPolicy } from "../../src/policy/tls-policies.ts";
import { tlsPolicies } from "../../src/policy/tls-policies.ts";

const tls13: HandshakeFacts = { protocol: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256", resumed: false, ephemeral: {} };
const tls12: HandshakeFacts = {
  protocol: "TLSv1.2",
  cipher: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  resumed: false,
  ephemeral: { type: "ECDH", name: "X25519", size: 253 },
};
const hybrid = { type: "TLSGroup", name: "X25519MLKEM768" };
const policy: TlsPolicy = tlsPolicies.default;

function verdict(
  facts: HandshakeFacts,
  postQuantum: "prefer" | "require" = "prefer",
  held: TlsPolicy = policy,
): string {
  try {
    assertHandshake(facts, held, postQuantum, { host: "h" });
  } catch (error) {
    if (error instanceof TransportError) return error.code;
    throw error;
  }
  return "accepted";
}

describe("forward secrecy", () => {
  it.each([
    ["TLS 1.3", tls13, true],
    ["TLS 1.3 resumed with a key share", { ...tls13, resumed: true, keyShare: 0x1d }, true],
    ["TLS 1.3 resumed without proof of a key share", { ...tls13, resumed: true }, false],
    ["TLS 1.3 resumed, when Node 26 repeats the old group", { ...tls13, resumed: true, ephemeral: hybrid }, false],
    ["TLS 1.2 without a key exchange", { ...tls12, ephemeral: {} }, false],
    ["TLS 1.2 without an answer about its key exchange", { ...tls12, ephemeral: null }, false],
    ["TLS 1.2 with ECDHE", tls12, true],
    ["TLS 1.2 with DHE", { ...tls12, cipher: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256" }, true],
    ["TLS 1.2 resumed", { ...tls12, resumed: true }, false],
    ["static RSA", { ...tls12, cipher: "TLS_RSA_WITH_AES_128_GCM_SHA256" }, false],
    ["pre-shared keys", { ...tls12, cipher: "TLS_PSK_WITH_AES_128_GCM_SHA256" }, false],
    ["anonymous keys", { ...tls12, cipher: "TLS_ECDH_anon_WITH_AES_128_CBC_SHA" }, false],
    ["static ECDH", { ...tls12, cipher: "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256" }, false],
    ["TLS 1.1", { ...tls12, protocol: "TLSv1.1" }, false],
  ])("of %s", (_name, facts, expected) => {
    expect(isForwardSecret(facts)).toBe(expected);
  });

  it("nodejs/node#59452: an empty ephemeral key info on a hybrid group of Node 22 and 24 is no reason to refuse", () => {
    expect(verdict({ ...tls13, ephemeral: {} })).toBe("accepted");
  });

  it("is not concluded from the ephemeral key info of a resumed TLS 1.2 connection, which Node 26 fills in", () => {
    expect(verdict({ ...tls12, resumed: true, ephemeral: { type: "TLSGroup", name: "x25519" } })).toBe(
      "TLS_RESUMPTION_REFUSED",
    );
  });
});

describe("assertion", () => {
  it.each([
    ["accepted", tls13],
    ["accepted", tls12],
    ["TLS_PROTOCOL_REFUSED", { ...tls12, protocol: "TLSv1.1" }],
    ["TLS_PROTOCOL_REFUSED", { ...tls12, protocol: null }],
    ["TLS_NOT_FORWARD_SECRET", { ...tls12, cipher: "TLS_RSA_WITH_AES_256_GCM_SHA384" }],
    ["TLS_CIPHER_REFUSED", { ...tls12, cipher: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256" }],
  ])("%s", (expected, facts) => {
    expect(verdict(facts)).toBe(expected);
  });

  it("refuses finite-field groups below 2048 bits", () => {
    const dhe = { ...policy, ciphers: ["TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"] };
    const facts = { ...tls12, cipher: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256" };
    expect(verdict({ ...facts, ephemeral: { type: "DH", size: 1024 } }, "prefer", dhe)).toBe("TLS_NOT_FORWARD_SECRET");
    expect(verdict({ ...facts, ephemeral: { type: "DH", size: 2048 } }, "prefer", dhe)).toBe("accepted");
  });

  it("refuses classical keys where post-quantum ones are required", () => {
    const x25519 = { ...tls13, ephemeral: { type: "ECDH", name: "X25519", size: 253 } };
    expect(verdict(x25519, "require")).toBe("TLS_POST_QUANTUM_REQUIRED");
    expect(verdict({ ...tls13, ephemeral: hybrid }, "require")).toBe("accepted");
  });
});

describe("group", () => {
  it("has one name on all runtimes", () => {
    const of = (name: string): unknown => negotiatedGroup({ ...tls13, ephemeral: { type: "TLSGroup", name } });
    expect(of("x25519")).toEqual({ group: "X25519", postQuantum: false });
    expect(of("prime256v1")).toEqual({ group: "P-256", postQuantum: false });
    expect(of("secp384r1")).toEqual({ group: "P-384", postQuantum: false });
    expect(of("X25519MLKEM768")).toEqual({ group: "X25519MLKEM768", postQuantum: true });
  });

  it.each([
    [0x11ec, { group: "X25519MLKEM768", postQuantum: true }],
    [0x11eb, { group: "SecP256r1MLKEM768", postQuantum: true }],
    [0x11ed, { group: "SecP384r1MLKEM1024", postQuantum: true }],
    [0x0018, { group: "P-384", postQuantum: false }],
  ])("is the key share's, by its number %i", (keyShare, expected) => {
    expect(negotiatedGroup({ ...tls13, keyShare })).toEqual(expected);
    expect(negotiatedGroup({ ...tls13, keyShare, resumed: true })).toEqual(expected);
  });

  it("is never post-quantum without proof", () => {
    expect(negotiatedGroup(tls13)).toEqual({ postQuantum: false });
    expect(negotiatedGroup({ ...tls13, resumed: true })).toEqual({ postQuantum: false });
    expect(negotiatedGroup({ ...tls13, resumed: true, ephemeral: hybrid })).toEqual({ postQuantum: false });
    expect(negotiatedGroup({ ...tls12, ephemeral: {} })).toEqual({ postQuantum: false });
    expect(verdict(tls13, "require")).toBe("TLS_POST_QUANTUM_REQUIRED");
  });

  it("outside the policy is refused", () => {
    expect(verdict({ ...tls13, keyShare: 0x19 })).toBe("TLS_CIPHER_REFUSED");
  });
});
