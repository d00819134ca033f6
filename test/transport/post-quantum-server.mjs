// A server with hybrid groups: the system's OpenSSL has none, so it runs in a Node that brings its own.
import https from "node:https";

const { cert, key, groups } = JSON.parse(process.argv[2]);
let requests = 0;
const server = https.createServer({ cert, key, ecdhCurve: groups, minVersion: "TLSv1.3" }, (_request, response) => {
  requests++;
  response.writeHead(200, { connection: "close" }).end("ok");
});
server.on("tlsClientError", () => {});
process.on("message", () => process.send({ requests }));
process.on("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
