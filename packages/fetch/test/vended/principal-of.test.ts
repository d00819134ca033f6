import { describe, expect, it } from "vitest";
import { principalOf } from "../../src/vended/principal.ts";

const token = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;

describe("a cache key holds the principal: tokens that do not say whom they speak for", () => {
  it.each([
    ["an empty subject", { iss: "i", sub: "" }],
    ["a subject of null", { iss: "i", sub: null }],
    ["no subject", { iss: "i" }],
    ["a subject that is false", { iss: "i", sub: false }],
    ["an empty list of subjects", { iss: "i", sub: [] }],
  ])("with %s each stand for themselves", (_what, claims) => {
    expect(principalOf(token({ ...claims, name: "ada" }))).not.toBe(principalOf(token({ ...claims, name: "bob" })));
  });

  it.each([
    ["another type", { iss: "i", sub: 1 }, { iss: "i", sub: "1" }],
    ["another shape", { iss: "i", sub: ["a"] }, { iss: "i", sub: "a" }],
    ["another object", { iss: "i", sub: { id: 1 } }, { iss: "i", sub: { id: 2 } }],
    ["a moved boundary", { iss: 'i","a', sub: "b" }, { iss: "i", sub: 'a","b' }],
    ["another issuer", { iss: "i", sub: "a" }, { iss: "j", sub: "a" }],
    ["an issuer that is missing", { iss: "i", sub: "a" }, { sub: "a" }],
  ])("with %s differ", (_what, one, other) => {
    expect(principalOf(token(one))).not.toBe(principalOf(token(other)));
  });

  it("of one user are one, however often they are renewed", () => {
    expect(principalOf(token({ iss: "i", sub: "a", jti: 1 }))).toBe(principalOf(token({ iss: "i", sub: "a", jti: 2 })));
  });

  it.each(['"i","a"', 'undefined,"a"', '["i","a"]', '"i"\t"a"'])("%s, which spells a user, is another one", (text) => {
    const users = [token({ iss: "i", sub: "a" }), token({ sub: "a" })].map(principalOf);
    expect(users).not.toContain(principalOf(text));
  });

  it.each<[string, unknown]>([
    ["toJSON", () => "one user for all"],
    ["sub", "one user for all"],
    ["iss", "one issuer for all"],
  ])("differ with %s in a polluted Object.prototype", (name, evil) => {
    const tokens = [
      token({ iss: "i", sub: "a" }),
      token({ iss: "i", sub: "b" }),
      token({ sub: "a" }),
      token({ iss: "j", sub: "a" }),
      token({ iss: "i", name: "ada" }),
      token({ iss: "i", name: "bob" }),
      "opaque-1",
      "opaque-2",
    ];
    const before = tokens.map(principalOf);
    expect(new Set(before).size).toBe(tokens.length);
    // oxlint-disable-next-line no-extend-native -- this is the attack
    Object.defineProperty(Object.prototype, name, { value: evil, configurable: true, writable: true });
    try {
      expect(tokens.map(principalOf)).toEqual(before);
    } finally {
      delete (Object.prototype as Record<string, unknown>)[name];
    }
  });
});
