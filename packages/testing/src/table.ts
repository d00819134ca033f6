/** Knowledge by name: an object without a prototype, so that no name finds what nobody entered. */
export function table<Entry>(entries: Readonly<Record<string, Entry>>): Readonly<Record<string, Entry | undefined>> {
  return Object.assign(Object.create(null) as Record<string, Entry>, entries);
}
