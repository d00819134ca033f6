// `node release/registry.mjs UPSTREAM`: a registry on loopback for the rehearsal. It keeps what is published to it, and
// passes other names on to the upstream registry. It prints its URL. A process of its own, since those who publish and
// install wait for npm synchronously.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

const upstream = process.argv[2];
const packuments = new Map();
const tarballs = new Map();

const server = createServer(async (request, response) => {
  const answer = (status, body) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  try {
    const path = decodeURIComponent(new URL(request.url, origin).pathname.slice(1));
    if (request.method === "PUT") return answer(201, keep(path, JSON.parse(await bodyOf(request))));
    const tarball = tarballs.get(path);
    if (tarball !== undefined) return response.end(tarball);
    const packument = packuments.get(path);
    if (packument !== undefined) return answer(200, packument);
    const { accept = "*/*" } = request.headers;
    const passed = await fetch(`${upstream}${path.replace("/", "%2f")}`, { headers: { accept } });
    response.writeHead(passed.status, { "content-type": passed.headers.get("content-type") ?? "application/json" });
    response.end(Buffer.from(await passed.arrayBuffer()));
  } catch (error) {
    answer(500, { error: String(error) });
  }
});

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
