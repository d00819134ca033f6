import type { Report } from "./member.ts";

type Sample = Required<Report>["memory"];

/** The memory of each process over its life: medians of its thirds, after garbage collections, in MiB. */
export interface Memory {
  add(process: string, sample: Sample): void;
  thirds(): Readonly<Record<string, { readonly samples: number; readonly heap: readonly number[] }>>;
  /** The processes whose heap grew. */
  grown(): readonly string[];
}

/** The last third of a process's life may take so much more than the middle third. */
const GROWTH = 1.1;
const SPREAD_MIB = 2;
const MIN_SAMPLES = 6;

export function createMemory(): Memory {
  const samples = new Map<string, Sample[]>();
  const thirds = (): ReturnType<Memory["thirds"]> =>
    Object.fromEntries(
      [...samples].map(([name, all]) => {
        const third = Math.floor(all.length / 3);
        const parts = [0, 1, 2].map((index) => all.slice(index * third, (index + 1) * third));
        const of = (field: keyof Sample) => parts.map((part) => median(part.map((sample) => sample[field])));
        return [name, { samples: all.length, heap: of("heap"), resident: of("resident") }];
      }),
    );
  return {
    add: (name, sample) => void samples.set(name, [...(samples.get(name) ?? []), sample]),
    thirds,
    grown: () =>
      Object.entries(thirds())
        .filter(([, { heap, samples: count }]) => {
          const [, middle = 0, last = 0] = heap;
          return count >= MIN_SAMPLES && last > middle * GROWTH + SPREAD_MIB;
        })
        .map(([name]) => name),
  };
}

function median(values: readonly number[]): number {
  return Number((values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN).toFixed(1));
}
