import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { createAuthority } from "../../packages/transport/test/authority.ts";

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on loopback, over TLS, whose page loads a script. A browser must ignore errors of its certificate. */
export interface PageServer {
  readonly origin: string;
  /** The script with what it imports, as the page gets it. */
  readonly bundle: Buffer;
  close(): Promise<void>;
}

const PAGE = `<!doctype html><meta charset="utf-8"><script type="module" src="/bundle.js"></script>`;

/**
 * Serves a page with a script, bundled from the sources.
 *
 * @param answerFor the answer to another request than that for the page or its script; `undefined`: the page.
 */
export async function servePage(
  script: string,
  answerFor: (url: string | undefined) => Answer | undefined,
): Promise<PageServer> {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: ["@countersign/source"],
    write: false,
  });
  const bundle = Buffer.from(outputFiles[0]?.contents ?? []);
  const page: Answer = (_request, response) => void response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
  const authority = createAuthority();
  const { cert, key } = authority.issue();
  authority.dispose();
  const server = createServer({ cert, key }, (request, response) => {
    if (request.url === "/bundle.js") response.writeHead(200, { "content-type": "text/javascript" }).end(bundle);
    else (answerFor(request.url) ?? page)(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bundle,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
