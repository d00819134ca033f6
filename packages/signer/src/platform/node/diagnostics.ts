/// <reference types="node" />
import { channel } from "node:diagnostics_channel";
import type { Channel } from "../web/diagnostics.ts";

export type { Channel } from "../web/diagnostics.ts";

const channels: Record<string, Channel> = {};

/** The diagnostics channel of an event: `countersign:<name>`. */
export function channelOf(event: string): Channel | undefined {
  return (channels[event] ??= channel(`countersign:${event}`));
}
