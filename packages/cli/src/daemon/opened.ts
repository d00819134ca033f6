/** What a daemon has opened so far, to be closed together. */
export interface Opened {
  /** Notes how to close one more. */
  add(end: () => unknown): void;
  /** Closes all of it, the latest first. */
  close(): Promise<void>;
}

/** Makes the list, which is empty. */
export function createOpened(): Opened {
  const ends: (() => unknown)[] = [];
  return {
    add: (end) => void ends.push(end),
    async close() {
      for (const end of ends.toReversed()) await end();
    },
  };
}
