// `node release/registry.mjs UPSTREAM`: a registry on loopback for the rehearsal. It keeps what is published to it, and
// passes other names on to the upstream registry. It prints its URL. A process of its own, since those who publish and
// install wait for npm synchronously.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

const upstream = process.argv[2];
const packuments = new Map();
const tarballs = new Map();

const server = createServer((request, response) => {
  void answer(request)
    .catch((error) => ({ status: 500, body: JSON.stringify({ error: String(error) }) }))
    .then(({ status = 200, type = "application/json", body }) =>
      response.writeHead(status, { "content-type": type }).end(body),
    );
});

async function answer(request) {
  const { method, url, headers } = request;
  const path = decodeURIComponent(new URL(url, origin).pathname.slice(1));
  if (method === "PUT") return { status: 201, body: JSON.stringify(keep(path, JSON.parse(await bodyOf(request)))) };
  if (tarballs.has(path)) return { type: "application/octet-stream", body: tarballs.get(path) };
  if (packuments.has(path)) return { body: JSON.stringify(packuments.get(path)) };
  const passed = await fetch(`${upstream}${path.replace("/", "%2f")}`, {
    headers: { accept: headers.accept ?? "*/*" },
  });
  const type = passed.headers.get("content-type") ?? "application/json";
  return { status: passed.status, type, body: Buffer.from(await passed.arrayBuffer()) };
}

server.listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${server.address().port}`;
process.stdout.write(`${origin}/\n`);

/** Takes a publication, as `npm publish` sends it. A version is published once. */
function keep(name, { versions, "dist-tags": tags, _attachments }) {
  const known = packuments.get(name) ?? { name, versions: {}, "dist-tags": {} };
  for (const [version, manifest] of Object.entries(versions)) {
    if (version in known.versions) throw new Error(`${name}@${version} is published already`);
    const [{ data }] = Object.values(_attachments);
    const bytes = Buffer.from(data, "base64");
    const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
    if (manifest.dist.integrity !== integrity) throw new Error(`${name}@${version} arrived with other bytes`);
    const file = `${name}/-/${version}.tgz`;
    tarballs.set(file, bytes);
    known.versions[version] = { ...manifest, dist: { ...manifest.dist, tarball: `${origin}/${file}` } };
  }
  packuments.set(name, { ...known, "dist-tags": { ...known["dist-tags"], ...tags } });
  return { ok: true };
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
