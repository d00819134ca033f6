import http from "node:http";
import type { AddressInfo } from "node:net";
import { isLoopbackHost } from "@countersign/signer/endpoints";
import { checkOptions, callable, contract, optional, text, wholeNumber } from "@countersign/signer/options";
import type { Registry } from "prom-client";
import { ProxyError, refuseOption } from "../error.ts";
import type { Listening } from "./listen.ts";

/** The listener for operators. */
export interface AdminOptions {
  /** Default: `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Default: any free port. */
  readonly port: number;
  /** Its metrics are printed at `/metrics`. */
  readonly registry: Registry;
  /** Whether requests can be answered, such as whether there are credentials; asked for each `/readyz`. */
  readonly isReady: () => boolean | Promise<boolean>;
}

/**
 * Listens for operators: `/healthz`, `/readyz` (503 until `isReady` says `true`) and `/metrics`. It holds no secret and
 * has no authentication, so keep it off public addresses. On a loopback address it answers only requests whose Host
 * names one.
 *
 * @throws ProxyError `INVALID_OPTION`, `LISTEN_FAILED`.
 */
export async function listenAdmin(given: AdminOptions): Promise<Listening> {
  const {
    host = "127.0.0.1",
    port,
    registry,
    isReady,
  } = checkOptions<AdminOptions>(
    given,
    {
      host: optional(text),
      port: wholeNumber(0, 65_535, "the port"),
      registry: contract("a registry of prom-client", "metrics"),
      isReady: callable,
    },
    refuseOption,
  );
  const pages: Readonly<Record<string, () => Promise<readonly [status: number, type: string, text: string]>>> = {
    "/healthz": async () => [200, "text/plain", "ok\n"],
    "/readyz": async () => ((await isReady()) ? [200, "text/plain", "ready\n"] : [503, "text/plain", "not ready\n"]),
    "/metrics": async () => [200, registry.contentType, await registry.metrics()],
  };
  let isOnLoopback = true;
  const server = http.createServer({ headersTimeout: 5_000, requestTimeout: 10_000 }, (request, response) => {
    const page = Object.hasOwn(pages, request.url ?? "") ? pages[request.url ?? ""] : undefined;
    // A page in a browser can reach this address by a name of its own that it points here (DNS rebinding).
    if (isOnLoopback && !isLoopbackHost(hostnameOf(request.headers.host))) {
      response.writeHead(403).end();
      return;
    }
    if (page === undefined || request.method !== "GET") {
      response.writeHead(404).end();
      return;
    }
    page().then(
      ([status, type, body]) => response.writeHead(status, { "content-type": type }).end(body),
      () => response.writeHead(503).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(new ProxyError("LISTEN_FAILED", `admin: ${cause.code ?? "failed"}; choose another address`, { cause })),
    );
    server.listen(port, host, resolve);
  });
  const { address, family, port: bound } = server.address() as AddressInfo;
  isOnLoopback = isLoopbackHost(address);
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function hostnameOf(host = ""): string {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return "";
  }
}
