import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openerOf } from "./opener.ts";

const FOLDER = fileURLToPath(new URL("../dist/inspector/", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

/** A running inspector. */
export interface Inspector {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the inspector's files on a free port of this machine. No other file can be read, and nothing can be sent. */
export async function startInspector(): Promise<Inspector> {
  const server = createServer((request, response) => {
    const name = request.url === "/" ? "/index.html" : (request.url ?? "");
    const type = TYPES[path.extname(name)];
    if (request.method !== "GET" || type === undefined || !/^\/(?:assets\/)?[\w-]+\.[a-z]+$/.test(name)) {
      response.writeHead(404, HEADERS).end();
      return;
    }
    readFile(path.join(FOLDER, name)).then(
      (content) => response.writeHead(200, { ...HEADERS, "content-type": type }).end(content),
      () => response.writeHead(404, HEADERS).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Opens an address in the desktop's browser if it has one. The address is printed too. */
export function openInBrowser(url: string): void {
  const [program, ...args] = openerOf(process.platform);
  spawn(program, [...args, url], { stdio: "ignore", detached: true })
    .on("error", () => undefined)
    .unref();
}
