import { checkEmitter } from "#platform/check-parts";
import { channelOf } from "#platform/diagnostics";
import type { Clock } from "../clock/clock.ts";
import type { CountersignEvent, CountersignEventMap, EventListener } from "./event.ts";

/** Reports an event; `fields` is called only when there is a listener. */
export type Emit = <Name extends keyof CountersignEventMap>(
  name: Name,
  fields: () => CountersignEventMap[Name],
) => void;

/**
 * Makes the function through which a package reports its events: to the `onEvent` listener of its options and to the
 * diagnostics channel `countersign:<name>` where the runtime has them.
 *
 * @param onEvent the listener of the options; what it throws is dropped, and so is a rejection of a promise that it returns.
 * @param clock dates the events.
 */
export function createEmitter(onEvent: EventListener | undefined, clock: Pick<Clock, "now">): Emit {
  checkEmitter(onEvent, clock);
  return (name, fields) => {
    const channel = channelOf(name);
    if (onEvent === undefined && channel?.hasSubscribers !== true) return;
    void (async () => {
      try {
        const event = { name, at: clock.now(), ...fields() } as unknown as CountersignEvent;
        channel?.publish(event);
        // A function that returns a promise is a listener too, and a rejection that is not handled can end the process.
        await (onEvent?.(event) as Promise<void> | undefined | void);
      } catch {
        // An observer must never change what it observes.
      }
    })();
  };
}
