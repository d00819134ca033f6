import type { ListenConfig } from "./listen-config.ts";
import { readCertificate } from "./certificate.ts";
import type { Connections } from "./connections.ts";
import { type Fetch, type Listening, listenOnPort, listenOnSocket } from "./listen.ts";
import type { Wanted } from "./listeners.ts";

/** A listener whose requests a function answers. Another configuration can bring another function. */
interface Answering extends Listening {
  answer: Fetch;
}

/**
 * An address that a function answers.
 *
 * @param role tells listeners of one address apart, such as two that take any free port.
 * @param connections limits the connections of this and of other listeners.
 */
export function answerOnPort(role: string, where: ListenConfig, fetch: Fetch, connections?: Connections): Wanted {
  const { host = "127.0.0.1", port, certificate } = where;
  return {
    name: `${role} ${certificate === undefined ? "http" : "https"} ${host} ${port}`,
    async prepare(open) {
      const files = readCertificate(where);
      const listening =
        (open as Answering | undefined) ?? (await answering(fetch, (own) => listenOnPort(own, where, { connections })));
      const use = (): void => {
        listening.answer = fetch;
        if (files !== undefined) listening.renew?.(files);
      };
      return { listening, use };
    },
  };
}

/** A Unix socket that a function answers. */
export function answerOnSocket(role: string, socket: string, fetch: Fetch): Wanted {
  return {
    name: `${role} unix ${socket}`,
    async prepare(open) {
      const listening =
        (open as Answering | undefined) ?? (await answering(fetch, (own) => listenOnSocket(own, socket)));
      return { listening, use: () => void (listening.answer = fetch) };
    },
  };
}

async function answering(fetch: Fetch, listen: (fetch: Fetch) => Promise<Listening>): Promise<Answering> {
  const holder = { answer: fetch };
  return Object.assign(holder, await listen((request, env) => holder.answer(request, env)));
}
