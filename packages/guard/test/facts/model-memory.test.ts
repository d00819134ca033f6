import { expect, it } from "vitest";
import { createModelMemory } from "../../src/facts/model-memory.ts";

const create = (ModelName: string) => ({ ModelName, EnableNetworkIsolation: true });

it("recalls one model more than the limit, and a model that is asked for while others are created", () => {
  const memory = createModelMemory(10);
  for (let n = 0; n < 11; n++) memory.remember("CreateModel", create(`model-${n}`));
  for (let round = 0; round < 40; round++) expect(memory.recall(`model-${round % 11}`)).toBeDefined();
  for (let round = 0; round < 20; round++) {
    for (let n = 0; n < 9; n++) memory.remember("CreateModel", create(`filler-${round}-${n}`));
    expect(memory.recall("model-3")).toBeDefined();
  }
  expect(memory.recall("filler-0-0")).toBeUndefined();
});

it("does not recall a deleted model, whichever generation it was in", () => {
  const memory = createModelMemory(2);
  for (const name of ["a", "b", "c"]) memory.remember("CreateModel", create(name));
  for (const name of ["a", "c"]) memory.remember("DeleteModel", { ModelName: name });
  expect(["a", "b", "c"].map((name) => memory.recall(name) !== undefined)).toEqual([false, true, false]);
});

it("recalls a model as it was created last", () => {
  const memory = createModelMemory(2);
  for (const name of ["a", "b", "c"]) memory.remember("CreateModel", create(name));
  memory.remember("CreateModel", { ModelName: "a", EnableNetworkIsolation: false });
  expect(memory.recall("a")?.EnableNetworkIsolation).toBe(false);
});
