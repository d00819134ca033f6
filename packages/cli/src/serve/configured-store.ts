import type { SharedStore } from "@countersign/broker";
import type { Io } from "../io.ts";
import type { ServeConfig } from "./config.ts";
import { createLiveStore } from "./live-store.ts";
import type { OpenStore } from "./open-store.ts";

/** The store of the configuration in force. */
export interface ConfiguredStore {
  /** Passes each operation to the store in force; `undefined` where no store is configured. */
  readonly store: SharedStore | undefined;
  /** Opens the store of another configuration. @throws CliError as `openStore`; nothing changes. */
  prepare(nextConfig: ServeConfig): Promise<NextStore>;
  close(): void;
}

/** The store of another configuration, open and not yet in force. */
export interface NextStore {
  commit(): void;
  cancel(): void;
}

/** Operations under way at a store that was replaced end within their budget. */
const LAST_OPERATIONS_MS = 1000;

/** Opens the store of a configuration. @throws CliError as `openStore`. */
export async function openConfiguredStore(config: ServeConfig, file: string, io: Io): Promise<ConfiguredStore> {
  let opened = await open(config, file, io);
  const live = opened && createLiveStore(opened.store);
  return {
    store: live?.store,
    async prepare(nextConfig) {
      const next = await open(nextConfig, file, io);
      return {
        commit() {
          if (next === undefined) return;
          live?.replace(next.store);
          const previous = opened;
          opened = next;
          setTimeout(() => previous?.close(), LAST_OPERATIONS_MS).unref();
        },
        cancel: () => next?.close(),
      };
    },
    close: () => opened?.close(),
  };
}

/** The client of Valkey is loaded only where a store is configured. */
async function open({ store }: ServeConfig, file: string, io: Io): Promise<OpenStore | undefined> {
  if (store === undefined) return undefined;
  const { openStore } = await import("./open-store.ts");
  return openStore(store, file, io);
}
