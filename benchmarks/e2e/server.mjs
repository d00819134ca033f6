// The SageMaker endpoint of this suite, in a process of its own: HTTP/1.1 over TLS, answering each request at once with
// the same 200. It reads only what it needs to find the end of a request, so that the client stays the costlier side.
// Prints its port; ends with its standard input.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";

const folder = mkdtempSync(join(tmpdir(), "countersign-e2e-"));
const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(folder, name));
execFileSync(
  "openssl",
  [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost".split(" "),
    "-addext",
    "subjectAltName=DNS:localhost,IP:127.0.0.1",
    "-keyout",
    key,
    "-out",
    cert,
  ],
  { stdio: "ignore" },
);
const pem = { key: readFileSync(key), cert: readFileSync(cert) };
rmSync(folder, { recursive: true });

const body = '{"predictions":[{"label":"yes","score":0.993}]}';
const answer = Buffer.from(
  [
    "HTTP/1.1 200 OK",
    "content-type: application/json",
    "x-amzn-requestid: 00000000-0000-4000-8000-000000000000",
    "x-amzn-invoked-production-variant: AllTraffic",
    "date: Thu, 21 May 2026 12:00:00 GMT",
    `content-length: ${body.length}`,
    "",
    body,
  ].join("\r\n"),
);

const server = tls.createServer({ ...pem, ALPNProtocols: ["http/1.1"] }, (socket) => {
  let held = Buffer.alloc(0);
  // Bytes of the body that have not come yet: they are counted and not kept.
  let missing = 0;
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.on("data", (arrived) => {
    let chunk = arrived;
    while (chunk.length > 0) {
      if (missing === 0) {
        held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
        const head = held.indexOf("\r\n\r\n");
        if (head === -1) return;
        const length = /\r\ncontent-length: *(\d+)/i.exec(held.latin1Slice(0, head));
        missing = Number(length?.[1] ?? 0);
        chunk = held.subarray(head + 4);
        held = Buffer.alloc(0);
        if (missing === 0) socket.write(answer);
      } else {
        const taken = Math.min(missing, chunk.length);
        chunk = chunk.subarray(taken);
        missing -= taken;
        if (missing === 0) socket.write(answer);
      }
    }
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: server.address().port, ca: pem.cert.toString() })}\n`);
});
process.stdin.resume().on("end", () => process.exit(0));
