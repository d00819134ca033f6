// Serves the page, and passes what it sends to SageMaker on to the local AWS, byte for byte. In production the second
// part is your gateway, or a handler of `@countersign/fetch/proxy` that signs for the page.
import { pipeline } from "node:stream";
import { readFile } from "node:fs/promises";
import { request as sendUpstream } from "node:https";

const FILES = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/app.js": ["app.js", "text/javascript"],
  "/sign-in.js": ["sign-in.js", "text/javascript"],
  "/style.css": ["style.css", "text/css"],
  "/icon.svg": ["icon.svg", "image/svg+xml"],
  "/countersign.min.js": ["../dist/countersign.min.js", "text/javascript"],
};

export function createPageServer({ issuer, broker, runtime, ca }) {
  const policy = [
    "default-src 'self'",
    `connect-src 'self' ${issuer} ${broker}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
  const settings = JSON.stringify({ issuer, broker, grant: "chat", region: "us-east-1", endpoint: "llm" });

  return function pageServer(request, response) {
    const { pathname } = new URL(request.url, "http://page");
    if (pathname.startsWith("/endpoints/")) return passOn(request, response, runtime, ca);
    if (pathname === "/settings.json")
      return response.writeHead(200, { "content-type": "application/json" }).end(settings);
    const file = Object.hasOwn(FILES, pathname) ? FILES[pathname] : undefined;
    if (file === undefined) return response.writeHead(404).end();
    const [name, type] = file;
    return readFile(new URL(name, import.meta.url)).then((content) =>
      response
        .writeHead(200, {
          "content-type": type,
          "content-security-policy": policy,
          "referrer-policy": "no-referrer",
          "x-content-type-options": "nosniff",
          "cache-control": "no-store",
        })
        .end(content),
    );
  };
}

/** The host stays the one that was signed: the page's own. */
function passOn(request, response, runtime, ca) {
  const upstream = sendUpstream(
    new URL(request.url, runtime),
    { method: request.method, headers: request.headers, ca },
    (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      // Unlike pipe, it ends the response too when the answer breaks off.
      pipeline(answer, response, () => undefined);
    },
  );
  upstream.on("error", () => response.destroy());
  response.on("close", () => upstream.destroy());
  request.pipe(upstream);
}
