/** Entries by name, without a prototype: a name such as `constructor` finds nothing. */
export function table<Entry>(entries: Readonly<Record<string, Entry>>): Readonly<Record<string, Entry | undefined>> {
  return Object.assign(Object.create(null) as Record<string, Entry>, entries);
}
