import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

const dist = (file: string): string => new URL(`../../packages/testing/dist/${file}`, import.meta.url).href;

// Each of them hung within 200 keys when keys were exported as they are.
it.each([
  ["the issuer of an account", "sts/issuer.js", "createIssuer", `createIssuer("123456789012", clock).keys.keys[0]`],
  ["a key of P-384", "sts/public-jwk.js", "publicJwk", `publicJwk(made("ec", { namedCurve: "P-384" }).publicKey)`],
  ["a key of Ed25519", "sts/public-jwk.js", "publicJwk", `publicJwk(made("ed25519").publicKey)`],
])("%s is exported without a deadlock while garbage is collected", (_, file, name, expression) => {
  const program = `
    import { generateKeyPairSync as made } from "node:crypto";
    import { ${name} } from ${JSON.stringify(dist(file))};
    const clock = { now: () => 0 };
    for (let count = 0; count < 1000; count += 1) if (${expression}.kty === undefined) process.exit(1);
    console.log("done");`;
  // A collection every 97th allocation.
  const flags = ["--gc-interval=97", "--input-type=module", "-e", program];
  const { stdout, stderr, signal } = spawnSync(process.execPath, flags, { encoding: "utf8", timeout: 60_000 });
  expect({ stdout, stderr, signal }).toMatchObject({ stdout: "done\n", signal: null });
});
