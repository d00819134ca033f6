import path from "node:path";
import type { createAdminApp } from "@countersign/broker/server";
import type { ForwardListening, ListenOptions, Proxy } from "@countersign/proxy";
import { CliError } from "../cli-error.ts";
import type { Connections } from "../daemon/connections.ts";
import type { Closable, Wanted } from "../daemon/listeners.ts";
import { loopbackOnly } from "../daemon/loopback-only.ts";
import { answerOnPort } from "../daemon/serve-fetch.ts";
import { writeWhole } from "../write-whole.ts";
import type { ProxyFile, ReadProxy } from "./config.ts";

/** The listeners that a configuration asks for. */
export function doorsOf(
  { config: { forward, admin }, listens }: ReadProxy,
  proxy: Proxy,
  adminApp: ReturnType<typeof createAdminApp>,
  operators: Connections,
): readonly Wanted[] {
  return [
    ...listens.map((where, index) => wantedOf(proxy, where, index)),
    ...(forward === undefined ? [] : [forwardOf(proxy, forward)]),
    ...(admin === undefined
      ? []
      : [
          {
            ...answerOnPort("admin", admin, loopbackOnly(adminApp.fetch, admin), operators),
            note: { role: "admin" },
          },
        ]),
  ];
}
function wantedOf(proxy: Proxy, where: ListenOptions, index: number): Wanted {
  const { host = "127.0.0.1", port = 0, socket, client, cert, key, clientCa } = where;
  const place = socket === undefined ? `${host} ${port === 0 ? `any ${index}` : port}` : `unix ${socket}`;
  return {
    name: `listen ${cert === undefined ? "plain" : "tls"} ${place}`,
    note: { role: "endpoint", ...(client !== undefined && { client }) },
    async prepare(open) {
      const listening = open ?? closable(await proxy.listen(where));
      return {
        listening,
        use() {
          if (cert !== undefined && key !== undefined) (listening as ProxyClosable).renew?.({ cert, key, clientCa });
        },
      };
    },
  };
}

function forwardOf(proxy: Proxy, { caFile, ...where }: NonNullable<ProxyFile["forward"]>): Wanted {
  return {
    name: "forward",
    note: { role: "forward", caFile: path.resolve(caFile) },
    async prepare(open) {
      if (open !== undefined) return { listening: open, use: () => undefined };
      const forward = await proxy.listenForward(where);
      try {
        writeWhole(caFile, forward.ca);
      } catch (cause) {
        await forward.close(0);
        throw new CliError("FILE_UNREADABLE", `cannot write ${caFile}`, { cause });
      }
      return { listening: closable(forward), use: () => undefined };
    },
  };
}

type ProxyClosable = Closable & Partial<Pick<ForwardListening, "renew">>;

function closable({ url, close, renew }: Pick<ForwardListening, "url" | "close" | "renew">): ProxyClosable {
  return { address: url, close, ...(renew && { renew }) };
}
