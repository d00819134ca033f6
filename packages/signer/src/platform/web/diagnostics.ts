/** A named place where a runtime lets others listen to what a process does. */
export interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

/** The channel of an event. Browsers have none. */
export function channelOf(_event: string): Channel | undefined {
  return undefined;
}
