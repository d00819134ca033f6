import * as fc from "fast-check";
import { expect, it } from "vitest";
import { AgingMap } from "../../src/signer/aging-map.ts";

it("keeps its hits with one key more than the limit", () => {
  const map = new AgingMap<number, number>(8);
  for (let key = 0; key < 9; key++) map.set(key, key);
  for (let round = 0; round < 50; round++) expect(map.get(round % 9)).toBe(round % 9);
});

it("keeps a key that is read while others fill the map", () => {
  const map = new AgingMap<string, string>(8);
  map.set("used", "kept");
  for (let round = 0; round < 100; round++) {
    for (let n = 0; n < 7; n++) map.set(`filler ${round}-${n}`, "x");
    expect(map.get("used")).toBe("kept");
  }
  expect(map.get("filler 0-0")).toBeUndefined();
});

it("answers as a Map does for all keys that it still has, and has the youngest ones", () => {
  const key = fc.nat(12);
  const step = fc.oneof(
    fc.record({ do: fc.constant("set" as const), key, value: fc.nat(99) }),
    fc.record({ do: fc.constantFrom("get" as const, "delete" as const), key, value: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const map = new AgingMap<number, number>(4);
      const model = new Map<number, number>();
      // The last is the latest that was used.
      let recent: number[] = [];
      const right: boolean[] = [];
      const isRight = (name: number, found: number | undefined): boolean =>
        found === undefined ? !model.has(name) || !recent.slice(-4).includes(name) : found === model.get(name);
      for (const { do: what, key: name, value } of steps) {
        if (what === "set") {
          map.set(name, value);
          model.set(name, value);
        } else if (what === "delete") {
          map.delete(name);
          model.delete(name);
        } else {
          const found = map.get(name);
          right.push(isRight(name, found));
          if (found === undefined) model.delete(name);
        }
        recent = recent.filter((one) => one !== name);
        if (model.has(name)) recent.push(name);
      }
      expect(right).not.toContain(false);
    }),
  );
});

it("is empty after clear", () => {
  const map = new AgingMap<string, number>(1);
  map.set("a", 1);
  map.set("b", 2);
  map.clear();
  expect([map.get("a"), map.get("b")]).toEqual([undefined, undefined]);
});
