import type { Clock } from "./clock.ts";
import type { CountersignEvent, CountersignEventMap, EventListener } from "./event.ts";

interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

interface Runtime {
  readonly process?: { getBuiltinModule?(name: string): { channel(name: string): Channel } | undefined };
}

/** Reports an event; `fields` is called only when somebody listens. */
export type Emit = <Name extends keyof CountersignEventMap>(
  name: Name,
  fields: () => CountersignEventMap[Name],
) => void;

// Looked up at run time rather than imported: browsers and edge runtimes have no such module, and need no stand-in.
const diagnostics = (globalThis as Runtime).process?.getBuiltinModule?.("node:diagnostics_channel");
const channels = new Map<string, Channel>();

function channel(name: string): Channel | undefined {
  if (diagnostics === undefined) return undefined;
  let found = channels.get(name);
  if (found === undefined) channels.set(name, (found = diagnostics.channel(`countersign:${name}`)));
  return found;
}

/**
 * Makes the function through which a package reports its events: to the `onEvent` listener of its options and to the
 * diagnostics channel `countersign:<name>` where the runtime has them.
 *
 * @param onEvent the listener of the options; what it throws is dropped.
 * @param clock dates the events.
 */
export function createEmitter(onEvent: EventListener | undefined, clock: Pick<Clock, "now">): Emit {
  return function emit(name, fields) {
    const subscribers = channel(name);
    if (onEvent === undefined && subscribers?.hasSubscribers !== true) return;
    try {
      const event = { name, at: clock.now(), ...fields() } as unknown as CountersignEvent;
      if (subscribers?.hasSubscribers === true) subscribers.publish(event);
      onEvent?.(event);
    } catch {
      // An observer must never change what it observes.
    }
  };
}
