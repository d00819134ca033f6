/// <reference types="node" />
import type { Channel } from "../web/diagnostics.ts";

export type { Channel } from "../web/diagnostics.ts";

/** Not imported by a statement, for the reason in `node-crypto.ts`. */
const { channel } = process.getBuiltinModule("node:diagnostics_channel");
const channels = Object.create(null) as Record<string, Channel>;

/** The diagnostics channel of an event: `countersign:<name>`. */
export function channelOf(event: string): Channel | undefined {
  return (channels[event] ??= channel(`countersign:${event}`));
}
