/**
 * Makes a function that remembers what `make` answered: a cache of bounded size that ages instead of clearing.
 *
 * There are two generations. What is new or used is in the young one. When the young one is full it becomes the old one,
 * and what was not used since then is forgotten: with one key more than the limit, no call costs more than one `make`.
 *
 * @param limit keys of a generation: up to twice as many are kept.
 * @param make works out what is missing; `undefined` is not kept.
 */
export function generations<Key, Value, More extends readonly unknown[]>(
  limit: number,
  make: (key: Key, ...more: More) => Value,
): (key: Key, ...more: More) => Value {
  let young = new Map<Key, Value>();
  let old = young;
  return (key, ...more) => {
    let value = young.get(key);
    if (value === undefined) {
      value = old.get(key) ?? make(key, ...more);
      if (young.size >= limit) {
        old = young;
        young = new Map();
      }
      if (value !== undefined) young.set(key, value);
    }
    return value;
  };
}
