import { randomInt } from "node:crypto";

/** A set of fingerprints of 64 bits: two numbers of 32 bits each. */
export interface Fingerprints {
  /** Adds one. @returns whether it is new. */
  add(high: number, low: number): boolean;
  has(high: number, low: number): boolean;
  readonly size: number;
}

/** A table that grows moves all of its entries at once: a part of them makes a shorter pause. */
const TABLE_BITS = 6;
const MIN_SLOTS = 64;

/**
 * Makes a set that takes 8 bytes a slot and is at most three quarters full. A `Set` of texts takes ten times as much, and
 * its garbage has to be collected.
 */
export function createFingerprints(): Fingerprints {
  const spread = createSpread();
  const tables = Array.from({ length: 1 << TABLE_BITS }, () => createTable(spread));
  const tableOf = (high: number): Table => tables[spread(high) >>> (32 - TABLE_BITS)] as Table;
  let size = 0;
  return {
    has: (high, low) => tableOf(high).has(high, low),
    add(high, low) {
      const isNew = tableOf(high).add(high, low);
      if (isNew) size += 1;
      return isNew;
    },
    get size() {
      return size;
    },
  };
}

type Table = Pick<Fingerprints, "add" | "has">;

/**
 * Places numbers of 32 bits in a way that differs for each set. A client can search for requests whose signatures would
 * have neighbouring slots, and the search for a free slot would become long.
 */
function createSpread(): (number: number) => number {
  const seed = randomInt(2 ** 32);
  return (number) => {
    let mixed = number ^ seed;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return mixed ^ (mixed >>> 16);
  };
}

/** Open addressing with linear probing. A slot whose low half is zero is free. */
function createTable(spread: (number: number) => number): Table {
  let slots = new Uint32Array(2 * MIN_SLOTS);
  let size = 0;
  const halfOf = (low: number): number => low || 1;

  /** Where a fingerprint is, or the free slot where it would be. */
  function indexOf(high: number, low: number): number {
    const last = slots.length - 2;
    for (let at = (2 * spread(low)) & last; ; at = (at + 2) & last) {
      if (slots[at + 1] === 0 || (slots[at] === high && slots[at + 1] === low)) return at;
    }
  }

  function put(at: number, high: number, low: number): void {
    slots[at] = high;
    slots[at + 1] = low;
  }

  function grow(): void {
    const before = slots;
    slots = new Uint32Array(2 * before.length);
    for (let at = 0; at < before.length; at += 2) {
      const [high, low] = [before[at] as number, before[at + 1] as number];
      if (low !== 0) put(indexOf(high, low), high, low);
    }
  }

  return {
    has: (high, low) => slots[indexOf(high, halfOf(low)) + 1] !== 0,
    add(high, low) {
      const at = indexOf(high, halfOf(low));
      if (slots[at + 1] !== 0) return false;
      put(at, high, halfOf(low));
      size += 1;
      if (8 * size > 3 * slots.length) grow();
      return true;
    },
  };
}
