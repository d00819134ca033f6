import { describe, expect, it } from "vitest";
import { boundedLines } from "../../src/daemon/bounded-lines.ts";

function setUp() {
  const written: string[] = [];
  const told: string[] = [];
  const state = { backlog: 0, lost: 0 };
  const lines = boundedLines(
    {
      write: (line) => void written.push(String(line)),
      backlog: () => state.backlog,
      lost: () => state.lost,
      fault: () => "slow",
    },
    (count) => `lost ${count}`,
    (fault) => told.push(fault),
  );
  return { lines, written, told, state };
}

describe("lines", () => {
  it("are dropped while their reader is slow, which is told once, and counted when the reader is back", () => {
    const { lines, written, told, state } = setUp();
    lines.write("a");
    state.backlog = 2 ** 20 + 1;
    for (let count = 0; count < 5; count++) lines.write("b");
    expect(written).toEqual(["a"]);
    expect(told).toEqual(["slow"]);
    expect(lines.lost()).toBe(5);
    state.backlog = 0;
    lines.write("c");
    lines.write("d");
    expect(written).toEqual(["a", "lost 5", "c", "d"]);
  });

  it("that a sink took and then lost are counted too", () => {
    const { lines, written, told, state } = setUp();
    lines.write("a");
    state.lost = 1;
    lines.write("b");
    lines.write("c");
    expect(written).toEqual(["a", "lost 1", "b", "c"]);
    expect(told).toEqual(["slow"]);
    expect(lines.lost()).toBe(1);
  });

  it("are counted while a reader never comes back", () => {
    const { lines, written, told, state } = setUp();
    state.backlog = Infinity;
    for (let count = 0; count < 3; count++) lines.write("a");
    expect({ written, told, lost: lines.lost() }).toEqual({ written: [], told: ["slow"], lost: 3 });
  });
});
