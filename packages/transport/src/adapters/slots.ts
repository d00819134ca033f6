/** A first-come first-served semaphore: one slot for each connection that an origin may have. */
export interface Slots {
  /** Takes a slot if one is free. */
  take(): boolean;
  /** Queues for a slot; the returned function gives up waiting. */
  wait(waiter: Waiter): () => void;
  release(): void;
  /** Refuses every waiter. */
  refuse(error: Error): void;
  readonly waiting: number;
  readonly taken: number;
}

/** A waiter in the queue. Exactly one of its functions is called, unless it gave up waiting. */
export interface Waiter {
  granted(): void;
  refused(error: Error): void;
}

/** Makes `count` free slots. */
export function createSlots(count: number): Slots {
  let taken = 0;
  const queue = new Set<Waiter>();
  // Kept from one release to the next: a new iterator would first pass the places of all waiters that have left.
  let waiters = queue.values();
  const nextWaiter = (): Waiter | undefined => {
    const next = waiters.next();
    if (next.done !== true) return next.value;
    waiters = queue.values();
    return waiters.next().value;
  };
  return {
    take() {
      if (taken >= count) return false;
      taken++;
      return true;
    },
    wait(waiter) {
      queue.add(waiter);
      return () => void queue.delete(waiter);
    },
    release() {
      const next = nextWaiter();
      if (next === undefined) {
        taken--;
        return;
      }
      queue.delete(next);
      next.granted();
    },
    refuse(error) {
      for (const waiter of queue) {
        queue.delete(waiter);
        waiter.refused(error);
      }
    },
    get waiting() {
      return queue.size;
    },
    get taken() {
      return taken;
    },
  };
}
