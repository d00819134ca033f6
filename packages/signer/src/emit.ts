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
const diagnostics = (globalThis as Runtime).process?.getBuiltinModule?.("diagnostics_channel");
const channels: Record<string, Channel> = {};

/**
 * Makes the function through which a package reports its events: to the `onEvent` listener of its options and to the
 * diagnostics channel `countersign:<name>` where the runtime has them.
 *
 * @param onEvent the listener of the options; what it throws is dropped.
 * @param clock dates the events.
 */
export function createEmitter(onEvent: EventListener | undefined, clock: Pick<Clock, "now">): Emit {
  return function emit(name, fields) {
    const channel = diagnostics && (channels[name] ??= diagnostics.channel(`countersign:${name}`));
    if (onEvent === undefined && channel?.hasSubscribers !== true) return;
    try {
      const event = { name, at: clock.now(), ...fields() } as unknown as CountersignEvent;
      channel?.publish(event);
      onEvent?.(event);
    } catch {
      // An observer must never change what it observes.
    }
  };
}
