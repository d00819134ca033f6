/** What a trap of the Proxy below throws: it is the caller's own error, not one of ours. */
export const TRAPPED = new Error("a trap of the caller's own Proxy");

const trap = (): never => {
  throw TRAPPED;
};

/** Values that stand where another value belongs, each made anew. */
export const junk = {
  undefined: () => undefined,
  null: () => null,
  "5": () => 5,
  "5n": () => 5n,
  '""': () => "",
  symbol: () => Symbol("junk"),
  "[]": () => [],
  "{}": () => ({}),
  "{ zzz }": () => ({ zzz: 1 }),
  bare: () => Object.create(null) as unknown,
  map: () => new Map([["zzz", 1]]),
  url: () => new URL("https://junk.test/"),
  date: () => new Date(0),
  throws: () =>
    new Proxy(
      {},
      { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap, set: trap },
    ),
} satisfies Readonly<Record<string, () => unknown>>;

export type Junk = keyof typeof junk;
export const JUNK = Object.keys(junk) as Junk[];
