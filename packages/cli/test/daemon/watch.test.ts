import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { watchFiles } from "../../src/daemon/watch.ts";

const folder = mkdtempSync(path.join(tmpdir(), "countersign-watch-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (...names: readonly string[]): string => path.join(folder, ...names);

it("sees a folder that is replaced behind a link, as Kubernetes does", async () => {
  for (const version of ["one", "two"]) {
    mkdirSync(at(version));
    writeFileSync(at(version, "broker.json"), "{}");
  }
  symlinkSync("one", at("data"));
  let changes = 0;
  const stop = watchFiles(
    () => [at("data", "broker.json")],
    20,
    () => (changes += 1),
  );
  symlinkSync("two", at("next"));
  renameSync(at("next"), at("data"));
  await expect.poll(() => changes).toBe(1);
  stop();
});

it("sees a file that appears and one that goes; a file that is named later is no change", async () => {
  const files = [at("absent")];
  let changes = 0;
  const stop = watchFiles(
    () => files,
    20,
    () => (changes += 1),
  );
  writeFileSync(at("absent"), "1");
  await expect.poll(() => changes).toBe(1);
  writeFileSync(at("later"), "1");
  files.push(at("later"));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(changes).toBe(1);
  rmSync(at("absent"));
  await expect.poll(() => changes).toBe(2);
  stop();
  writeFileSync(at("later"), "changed");
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(changes).toBe(2);
});

it("sees a mode that changes, and tells of each look that found nothing", async () => {
  writeFileSync(at("secret"), "s", { mode: 0o600 });
  let changes = 0;
  let quiet = 0;
  const stop = watchFiles(
    () => [at("secret")],
    20,
    () => (changes += 1),
    () => (quiet += 1),
  );
  await expect.poll(() => quiet).toBeGreaterThan(1);
  expect(changes).toBe(0);
  chmodSync(at("secret"), 0o640);
  await expect.poll(() => changes).toBe(1);
  stop();
});
