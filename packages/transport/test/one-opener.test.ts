import { readFileSync, readdirSync } from "node:fs";
import { expect, it } from "vitest";

const folder = new URL("../src/", import.meta.url);
const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => [name.replaceAll("\\", "/"), readFileSync(new URL(name, folder), "utf8")] as const);

it("connects in one file alone", () => {
  const connecting = /\b(?:tls|net)\.connect\(|buildConnector\(|getPeerX509Certificate\(\)(?!`)/;
  expect(sources.filter(([, text]) => connecting.test(text)).map(([name]) => name)).toEqual(["connection/sockets.ts"]);
});

it("never turns verification off", () => {
  for (const [, text] of sources) expect(text).not.toMatch(/rejectUnauthorized: (?!true)/);
});
