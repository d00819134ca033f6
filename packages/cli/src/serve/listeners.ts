import type { OperatorLog } from "@countersign/broker/server";
import type { ListenConfig } from "./config.ts";
import {
  type CertificateFiles,
  type Fetch,
  type Listening,
  listenOnPort,
  listenOnSocket,
  readCertificate,
} from "./listen.ts";

/** An address to serve on, or a socket, and who answers. */
export type Wanted = {
  readonly fetch: Fetch;
  /** Tells listeners of one address apart, such as two that take any free port. */
  readonly role: string;
} & (
  | { readonly where: ListenConfig; readonly socket?: undefined }
  | { readonly socket: string; readonly where?: undefined }
);

/** A change of listeners that is prepared: new addresses are open, old ones too. */
export interface Change {
  /** Presents new certificates, and closes what is no longer wanted once its requests have ended. */
  commit(): void;
  /** Closes what was opened. */
  cancel(): Promise<void>;
}

/** The open listeners of a server. */
export interface Listeners {
  /** Opens what is missing. @throws CliError or the system's error when an address cannot be served; nothing changes. */
  prepare(wanted: readonly Wanted[]): Promise<Change>;
  readonly addresses: () => readonly string[];
  close(graceMs: number): Promise<void>;
}

interface Open {
  readonly listening: Listening;
  answer: Fetch;
}

export function createListeners(log: OperatorLog): Listeners {
  const open = new Map<string, Open>();

  /** Listeners of one name are the same one. */
  function nameOf({ role, where, socket }: Wanted): string {
    if (where === undefined) return `${role} unix ${socket}`;
    const { host = "127.0.0.1", port, certificate } = where;
    return `${role} ${certificate === undefined ? "http" : "https"} ${host} ${port}`;
  }

  async function start(wanted: Wanted): Promise<Open> {
    const holder: { answer: Fetch } = { answer: wanted.fetch };
    const fetch: Fetch = (request, env) => holder.answer(request, env);
    const listening = await (wanted.where === undefined
      ? listenOnSocket(fetch, wanted.socket)
      : listenOnPort(fetch, wanted.where));
    return Object.assign(holder, { listening });
  }

  return {
    async prepare(wanted) {
      const opened = new Map<string, Open>();
      const certificates = new Map<string, CertificateFiles>();
      const cancel = async (): Promise<void> => {
        await Promise.all([...opened.values()].map(({ listening }) => listening.close(0)));
      };
      try {
        for (const one of wanted) {
          const name = nameOf(one);
          const files = one.where && readCertificate(one.where);
          if (files !== undefined) certificates.set(name, files);
          if (!open.has(name) && !opened.has(name)) opened.set(name, await start(one));
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
            log.note("info", "serve.listening", { address: one.listening.address });
          }
          const names = new Map(wanted.map((one) => [nameOf(one), one]));
          for (const [name, one] of open) {
            const still = names.get(name);
            if (still === undefined) {
              open.delete(name);
              log.note("info", "serve.closing", { address: one.listening.address });
              void one.listening.close();
              continue;
            }
            one.answer = still.fetch;
            const files = certificates.get(name);
            if (files !== undefined) one.listening.renew?.(files);
          }
        },
      };
    },
    addresses: () => [...open.values()].map(({ listening }) => listening.address),
    async close(graceMs) {
      await Promise.all([...open.values()].map(({ listening }) => listening.close(graceMs)));
    },
  };
}
