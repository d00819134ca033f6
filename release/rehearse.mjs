// `npm run release:rehearse`: a release from beginning to end that publishes nothing. In a copy of HEAD it versions the
// packages and packs them, publishes them to a registry on loopback, installs them from it into an empty project, and
// runs the quick starts of docs/quick-starts.md there, against the local AWS of the installed packages.
//
// `--no-build` takes the dist folders as they are.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { transform } from "esbuild";
import { fencesOf } from "../test/docs/fences.mjs";
import { npm, root, tool } from "../test/programs.mjs";
import { buildClean, pack } from "./pack.mjs";
import { publicPackages } from "./packages.mjs";
import { publish } from "./publish.mjs";

const SOURCE = { url: "https://github.com/example/countersign", commit: "0123456789abcdef0123456789abcdef01234567" };

const work = mkdtempSync(path.join(tmpdir(), "countersign-rehearsal-"));
const registry = await startRegistry(run([...npm(), "config", "get", "registry"], root).trim());
try {
  if (!process.argv.includes("--no-build")) buildClean(root);
  const clone = versionedCopy();
  const packages = publicPackages(clone);
  say(`packing ${packages.length} packages as ${packages[0].manifest.version}`);
  const tarballs = pack(clone, path.join(work, "tarballs"), SOURCE);

  const options = [`--registry=${registry.url}`, "--provenance=false", `--userconfig=${userConfig()}`];
  const published = publish(tarballs, options);
  say(`published ${published.length}`);
  const again = publish(tarballs, options);
  if (published.length !== packages.length || again.length > 0)
    throw new Error(`published ${published.join(", ")}, then ${again.join(", ")}`);
  for (const entry of packages) await checkPublished(entry);

  const project = install(packages, options);
  say("installed them");
  await runQuickStarts(project);
  say("rehearsed: nothing left this machine");
} finally {
  registry.close();
  rmSync(work, { recursive: true, force: true });
}

/** A clone of HEAD with the built packages, versioned by its changesets as the release workflow does it. */
function versionedCopy() {
  const clone = path.join(work, "clone");
  run(["git", "clone", "--quiet", "--no-hardlinks", root, clone], work);
  for (const { folder } of publicPackages(root)) {
    cpSync(path.join(root, folder, "dist"), path.join(clone, folder, "dist"), { recursive: true });
  }
  run([...tool("@changesets/cli"), "version"], clone);
  return clone;
}

async function checkPublished({ name, folder, manifest }) {
  const { version } = manifest;
  const packument = await (await fetch(registry.url + name)).json();
  const given = packument.versions?.[version];
  if (given?.repository?.directory !== folder) throw new Error(`${name}@${version}: repository is not stamped`);
  if (given.repository.url !== `git+${SOURCE.url}.git`)
    throw new Error(`${name}: repository is ${given.repository.url}`);
}

async function startRegistry(upstream) {
  const child = spawn(process.execPath, [path.join(root, "release", "registry.mjs"), upstream], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [url] = await once(createInterface(child.stdout), "line");
  return { url, close: () => child.kill() };
}

/** npm publishes with a token even where the registry asks for none. */
function userConfig() {
  const file = path.join(work, "npmrc");
  writeFileSync(file, `//${new URL(registry.url).host}/:_authToken=rehearsal\n`);
  return file;
}

function install(packages, options) {
  const project = path.join(work, "project");
  mkdirSync(project);
  writeFileSync(
    path.join(project, "package.json"),
    JSON.stringify({ name: "rehearsal", private: true, type: "module" }),
  );
  const names = [...packages.map(({ name }) => name), "@aws-sdk/client-sagemaker"];
  run([...npm(), "install", "--no-audit", "--no-fund", "--ignore-scripts", ...options, ...names], project);
  for (const { name, manifest } of packages) {
    const installed = path.join(project, "node_modules", name);
    const { version } = JSON.parse(readFileSync(path.join(installed, "package.json"), "utf8"));
    if (version !== manifest.version)
      throw new Error(`${name}: ${version} was installed, ${manifest.version} was published`);
    for (const file of ["LICENSE", "CHANGELOG.md", "README.md"]) {
      if (!existsSync(path.join(installed, file))) throw new Error(`${name}: has no ${file}`);
    }
    const changes = readFileSync(path.join(installed, "CHANGELOG.md"), "utf8");
    if (!changes.includes(`## ${version}`)) throw new Error(`${name}: CHANGELOG.md does not tell of ${version}`);
  }
  return project;
}

/** Runs the code and the commands of the quick starts; the tests of test/docs check what they print. */
async function runQuickStarts(project) {
  const require = createRequire(path.join(project, "index.js"));
  const entry = path.join(path.dirname(require.resolve("@countersign/testing/package.json")), "dist/node/index.js");
  const { startLocal } = await import(pathToFileURL(entry).href);
  const aws = await startLocal({
    port: 0,
    accounts: ["111122223333"],
    regions: ["eu-west-1"],
    roles: ["arn:aws:iam::111122223333:role/inference"],
    endpoints: { recommender: { body: { predictions: [0.93] } } },
  });
  try {
    const { port } = new URL(aws.environment["AWS_ENDPOINT_URL"]);
    const { AWS_ENDPOINT_URL: _, ...environment } = aws.environment;
    const env = {
      ...process.env,
      ...environment,
      HOME: project,
      PATH: [
        shims(project, port, environment["AWS_CA_BUNDLE"]),
        path.join(project, "node_modules", ".bin"),
        process.env["PATH"],
      ].join(path.delimiter),
      AWS_CONFIG_FILE: path.join(project, "config"),
      AWS_SHARED_CREDENTIALS_FILE: path.join(project, "credentials"),
      AWS_EC2_METADATA_DISABLED: "true",
      COUNTERSIGN_SOCKET: path.join(project, "daemon.sock"),
      LOCAL_AWS_PORT: port,
      NODE_OPTIONS: `--import=${pathToFileURL(path.join(root, "test/docs/redirect.mjs")).href}`,
    };
    for (const fence of fencesOf(readFileSync(path.join(root, "docs/quick-starts.md"), "utf8"))) {
      const where = `quick start "${fence.section}", line ${fence.line}`;
      if (fence.name !== "") writeFileSync(path.join(project, fence.name), fence.code);
      if (fence.language === "ts") {
        const { code } = await transform(fence.code, { loader: "ts", format: "esm" });
        writeFileSync(path.join(project, "quick-start.mjs"), code);
        await follow(where, [process.execPath, "quick-start.mjs"], project, env, [0]);
      } else if (fence.language === "sh" && !needsMore(fence.code)) {
        // A finding of the guard and an explained 403 are exit code 1: the documents say so.
        await follow(where, ["/bin/sh", "-c", fence.code], project, env, [0, 1]);
      } else continue;
      say(where);
    }
  } finally {
    await aws.close();
  }
}

/** What the tests run and a rehearsal leaves out: a daemon in the background, and the AWS CLI. */
function needsMore(script) {
  return /&\s*$|\baws /u.test(script) || process.platform === "win32";
}

/** A curl that finds the local AWS behind AWS's names. */
function shims(project, port, certificate) {
  const folder = path.join(project, "shims");
  mkdirSync(folder);
  const file = path.join(folder, "curl");
  writeFileSync(
    file,
    `#!/bin/sh\nCURL_CA_BUNDLE='${certificate}' exec /usr/bin/curl --silent --connect-to ::127.0.0.1:${port} "$@"\n`,
  );
  chmodSync(file, 0o755);
  return folder;
}

async function follow(where, [program, ...parameters], cwd, env, codes) {
  const child = spawn(program, parameters, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += String(chunk)));
  const [code] = await once(child, "close");
  if (!codes.includes(code)) throw new Error(`${where}: exit code ${code}\n${text}`);
  if (/\b(?:TypeError|ReferenceError|SyntaxError|ERR_MODULE_NOT_FOUND|not found)\b/u.test(text)) {
    throw new Error(`${where}:\n${text}`);
  }
}

function run([program, ...parameters], cwd) {
  return execFileSync(program, parameters, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

function say(text) {
  console.error(`rehearsal: ${text}`);
}
