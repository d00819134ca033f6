import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { shellQuote } from "../src/shell-quote.ts";

/** What a shell makes of a word, by the rules for quotes that POSIX shells and fish differ in. */
function read(word: string, isSpecial: (next: string, quote: string) => boolean): string {
  let [text, quote] = ["", ""];
  for (let i = 0; i < word.length; i++) {
    const [character, next] = [word.charAt(i), word.charAt(i + 1)];
    if (character === quote) quote = "";
    else if (quote === "" && (character === "'" || character === '"')) quote = character;
    else if (character === "\\" && isSpecial(next, quote)) {
      text += next;
      i += 1;
    } else if (quote === "" && /[^A-Za-z0-9_@%+=:,./-]/.test(character)) throw new Error(`${character} is not quoted`);
    else text += character;
  }
  if (quote !== "") throw new Error(`${quote} is not closed`);
  return text;
}

const posix = (next: string, quote: string): boolean => quote === "" || (quote === '"' && '"\\$`'.includes(next));
const fish = (next: string, quote: string): boolean =>
  quote === "" || (quote === "'" ? "'\\".includes(next) : '"\\$'.includes(next));

describe("a quoted word means itself", () => {
  const words = [
    "plain",
    "it's",
    "\\'; touch forged; '",
    "\\",
    "\\\\",
    "'\\",
    "a\\nb",
    "$(id) `id` !! {a,b}",
    "\n",
    "",
  ];

  it.each(words)("%j", (word) => {
    const quoted = shellQuote(word);
    expect([read(quoted, posix), read(quoted, fish)]).toEqual([word, word]);
    expect(execFileSync("/bin/sh", ["-c", `printf %s ${quoted}`]).toString()).toBe(word);
  });

  it("in time, however many lines and colons it has", () => {
    const before = process.cpuUsage().user;
    for (const word of [" \n", "\n:", ":", "\n::", "#", "##a"]) shellQuote(`${word.repeat(100_000)}::`);
    expect(process.cpuUsage().user - before).toBeLessThan(5_000_000);
  });

  it("also where zsh or fish replace its first character", () => {
    expect(["=ls", "%self", "~root"].map(shellQuote)).toEqual(["'=ls'", "'%self'", "'~root'"]);
  });

  it("also where an option of a shell gives `=` a meaning in any word", () => {
    expect(["a==ls", "a=b:=ls", "a=b"].map(shellQuote)).toEqual(["'a==ls'", "'a=b:=ls'", "'a=b'"]);
    // Without a socket as its input: bash takes one for a remote login, and reads the user's settings under this option.
    const printed = execFileSync("bash", ["-k", "-c", `printf '%s|' A ${shellQuote("a=b")} Z`], { stdio: ["ignore"] });
    expect(printed.toString()).toBe("A|a=b|Z|");
  });
});
