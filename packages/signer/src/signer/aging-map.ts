/**
 * A map of bounded size that ages instead of clearing, for caches whose entries change or are removed. A cache that only
 * computes what is missing is `generations`.
 *
 * There are two generations. A key that is set or read moves to the young one. When the young one is full it becomes
 * the old one, and keys not used since then are forgotten. So a set of keys in use that is one larger than the limit
 * keeps its hits, and any number of new keys does not displace a key that is read in between.
 */
export class AgingMap<Key, Value> {
  readonly #limit: number;
  #young = new Map<Key, Value>();
  #old = this.#young;

  /** @param limit keys of a generation: up to twice as many are kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: Key): Value | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const aged = this.#old.get(key);
    if (aged !== undefined) this.set(key, aged);
    return aged;
  }

  set(key: Key, value: Value): void {
    if (this.#young.size >= this.#limit && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  delete(key: Key): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young = new Map();
    this.#old = this.#young;
  }
}
