import type { Dispatcher } from "undici";

/** The signal with which undici's own functions dispatch. They observe it only once there is a connection. */
export function ownSignal(options: Dispatcher.DispatchOptions): AbortSignal | undefined {
  const given: unknown = Object.hasOwn(options, "signal") ? Reflect.get(options, "signal") : undefined;
  return given instanceof AbortSignal ? given : undefined;
}
