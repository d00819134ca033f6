/** Tells whether the bytes that have passed end where a message ends. */
export interface EventBoundary {
  update(bytes: Uint8Array): void;
  /** No message is unfinished: another one can be put here. */
  readonly isReached: boolean;
}

/** Follows a stream of messages by their lengths, the first four bytes of each. */
export function createEventBoundary(): EventBoundary {
  let missing = 0;
  let length = 0;
  let lengthBytes = 0;
  return {
    update(bytes) {
      let at = 0;
      while (at < bytes.length) {
        if (missing > 0) {
          const passed = Math.min(missing, bytes.length - at);
          missing -= passed;
          at += passed;
          continue;
        }
        length = length * 256 + (bytes[at++] as number);
        if (++lengthBytes < 4) continue;
        // A message that claims to be shorter than its own length ends nowhere.
        missing = length > 4 ? length - 4 : Infinity;
        length = 0;
        lengthBytes = 0;
      }
    },
    get isReached() {
      return missing === 0 && lengthBytes === 0;
    },
  };
}
