import type { OperatorLog } from "@countersign/broker/server";

/** A listener that can be closed. */
export interface Closable {
  /** Its URL, or the path of its socket. */
  readonly address: string;
  close(graceMs?: number): Promise<void>;
}

/** A listener that a configuration asks for. */
export interface Wanted {
  /** Listeners of one name are the same one: it stays open when the next configuration wants it too. */
  readonly name: string;
  /** What is written when it is opened, beside its address. */
  readonly note?: Readonly<Record<string, unknown>>;
  /** Opens it, or takes the open one of this name. Changes nothing that clients see before `use` of the result is called. */
  readonly prepare: (open: Closable | undefined) => Promise<{ readonly listening: Closable; readonly use: () => void }>;
}

/** A change of listeners that is prepared: new addresses are open, old ones too. */
export interface Change {
  /** Presents new certificates, and closes what is no longer wanted once its requests have ended. */
  commit(): void;
  /** Closes what was opened. */
  cancel(): Promise<void>;
}

/** The open listeners of a daemon. */
export interface Listeners {
  /** Opens what is missing. @throws CliError or the system's error when an address cannot be served; nothing changes. */
  prepare(wanted: readonly Wanted[]): Promise<Change>;
  readonly addresses: () => readonly string[];
  close(graceMs: number): Promise<void>;
}

/** @param daemon the first part of the names of events: `serve` for `serve.listening`. */
export function createListeners(log: () => OperatorLog, daemon: string): Listeners {
  const open = new Map<string, Closable>();
  return {
    async prepare(wanted) {
      const opened = new Map<string, Closable>();
      const notes = new Map<string, Wanted["note"]>();
      const uses: (() => void)[] = [];
      const cancel = async (): Promise<void> => {
        await Promise.all([...opened.values()].map((one) => one.close(0)));
      };
      try {
        for (const { name, note, prepare } of wanted) {
          const known = open.get(name) ?? opened.get(name);
          const { listening, use } = await prepare(known);
          uses.push(use);
          notes.set(name, note);
          if (known === undefined) opened.set(name, listening);
        }
      } catch (error) {
        await cancel();
        throw error;
      }
      return {
        cancel,
        commit() {
          for (const [name, one] of opened) {
            open.set(name, one);
            log().note("info", `${daemon}.listening`, { address: one.address, ...notes.get(name) });
          }
          for (const use of uses) use();
          for (const [name, one] of open) {
            if (notes.has(name)) continue;
            open.delete(name);
            log().note("info", `${daemon}.closing`, { address: one.address });
            void one.close();
          }
        },
      };
    },
    addresses: () => [...open.values()].map(({ address }) => address),
    async close(graceMs) {
      await Promise.all([...open.values()].map((one) => one.close(graceMs)));
    },
  };
}
