import { readFileSync } from "node:fs";
import { asyncProperty, check } from "fast-check";
import { describe, expect, it } from "vitest";
import { doors } from "./doors.ts";
import { examine } from "./examine.ts";
import { inputsOf } from "./mutation.ts";

interface Found {
  readonly door: string;
  readonly input: string;
  /** What went wrong when it was found. */
  readonly was: string;
}

const corpus = JSON.parse(readFileSync(new URL("corpus.json", import.meta.url), "utf8")) as readonly Found[];

/** For all doors together. `npm run fuzz` sets these variables from its flags. */
const SECONDS = Number(process.env["COUNTERSIGN_FUZZ_SECONDS"] ?? (process.env["CI"] === "true" ? 120 : 20));
const chosen = process.env["COUNTERSIGN_FUZZ_DOOR"];
const seed = process.env["COUNTERSIGN_FUZZ_SEED"];
const fuzzed = doors.filter(({ name }) => chosen === undefined || name === chosen);
const eachMs = (SECONDS * 1000) / fuzzed.length;

it.each(corpus)("$door holds against what was found before: $was", async ({ door: name, input }) => {
  const door = doors.find((one) => one.name === name);
  expect(door === undefined ? "no door has this name" : await examine(door, input)).toBeUndefined();
});

describe.each(fuzzed)("$name", (door) => {
  it.each(door.seeds)("reads its seed %#", async (input) => {
    expect(await examine(door, input)).toBeUndefined();
  });

  it("refuses by name, in time and without secrets, whatever comes in", { timeout: eachMs + 60_000 }, async () => {
    const details = await check(
      asyncProperty(inputsOf(door), async (input) => {
        const complaint = await examine(door, input);
        if (complaint !== undefined) throw new Error(complaint);
      }),
      {
        numRuns: Number.MAX_SAFE_INTEGER,
        interruptAfterTimeLimit: eachMs,
        markInterruptAsFailure: false,
        endOnFailure: false,
        ...(seed !== undefined && { seed: Number(seed) }),
      },
    );
    expect(details.numRuns).toBeGreaterThan(0);
    const [input] = details.counterexample ?? [];
    expect(details.failed ? { was: String(details.errorInstance), door: door.name, input } : undefined).toBeUndefined();
  });
});
