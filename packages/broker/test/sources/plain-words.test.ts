import { describe, expect, it } from "vitest";
import { plainWords } from "../../src/sources/plain-words.ts";

describe("plainWords", () => {
  it.each([
    ["no kerberos ticket\n", "no kerberos ticket"],
    ["Error: login expired (exit 3).\r\nRun login again!", "Error: login expired (exit 3). Run login again!"],
    ["", ""],
    [" \n ", ""],
  ])("keeps words: %j", (text, shown) => {
    expect(plainWords(text)).toBe(shown);
  });

  it.each([
    ["hunter2SECRET", ""],
    ["refused hunter2SECRET at last", "refused … at last"],
    ["wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""],
    ["got AKIDEXAMPLE", "got …"],
    ["password: correct horse", "password: …"],
    ["the passphrase is correct horse", "the passphrase is …"],
    ["SECRET=hunter", "…"],
    ["user:hunter@host", ""],
    ["eyJhbGciOiJIUzI1NiJ9.e30.x failed", "… failed"],
    ["otp 123456 wrong", "otp … wrong"],
    ["pneumonoultramicroscopicsilicovolcanoconiosis", ""],
    ["\u001B[31mred", ""],
    ["w J a l r X U t n F E M I", "… a … I"],
    ["wJ al rX Ut nF EM IK", ""],
    ["1234 5678 9012", ""],
    ["account 1234 5678 9012 locked", "account 1234 … locked"],
  ])("removes what may be a secret: %j", (text, shown) => {
    expect(plainWords(text)).toBe(shown === "…" ? "" : shown);
  });

  it("is short, and takes the end", () => {
    const shown = plainWords(`${"word ".repeat(1000)}end`);
    expect(shown).toHaveLength(300);
    expect(shown.endsWith("word end")).toBe(true);
  });
});
