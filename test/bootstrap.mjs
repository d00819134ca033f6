// What `npm run demo`, `npm test`, `npm run check` and `npm run docs:reference` call. It runs from a bare clone, so it uses Node's builtins alone:
// install when the lockfile is newer than what is installed, build, then the job itself. What it says about its own
// steps goes to stderr; stdout belongs to the job.
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { npm, root, tool } from "./programs.mjs";

const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };

/** The programs the tests talk to, and the Debian packages that bring them. */
const SYSTEM_PARTS = {
  chromium: "chromium",
  "redis-server": "redis-server",
  nginx: "nginx",
  openssl: "openssl",
  "/usr/bin/aws": "awscli",
  "/usr/lib/python3/dist-packages/boto3": "python3-boto3",
  curl: "curl",
};
/** Debian 13 and Ubuntu 24.04 have it on their normal list, Debian 12 among its backports. Its tests are skipped without it. */
const VALKEY = "valkey-server";
const INSTALL = ["install", "-y", "--no-install-recommends"];

/**
 * The tests under test/ start these programs and Linux binaries of other runtimes (test/runtimes). On another system
 * `npm test` runs the tests of the packages, and names what it leaves out here.
 */
const LINUX_ONLY = {
  "test/**":
    "needs redis-server, nginx, openssl, chromium and the AWS CLI as Debian packages, and Linux binaries of Node 22 to 26",
};
/** What needs Unix: domain sockets at a path, file modes, signals, /bin/sh. */
const UNIX_ONLY = {
  "packages/cli/test/**": "tests a daemon on a Unix socket, file modes and signals",
  "packages/broker/test/**": "tests a file store whose files have Unix modes, and a Redis server as a process",
};

const jobs = { demo, test, check, "example:browser": example, "docs:reference": reference };

const [job, ...args] = process.argv.slice(2);
if (!Object.hasOwn(jobs, job ?? "")) {
  say(`usage: node test/bootstrap.mjs ${Object.keys(jobs).join("|")} [arguments]`);
  process.exit(2);
}
requireNode();
process.exitCode = await jobs[job]();

async function demo() {
  await install();
  await build();
  return run([process.execPath, "packages/cli/bin/countersign.mjs", "demo", ...args], { stdout: "inherit" });
}

async function example() {
  await install();
  await build();
  return run([process.execPath, "packages/browser/example/start.mjs", ...args], { stdout: "inherit" });
}

async function reference() {
  await install();
  await installReferenceTools();
  return run([process.execPath, "docs/tools/generate.mjs", ...args], { stdout: "inherit" });
}

async function test() {
  const leftOut = {
    ...(process.platform === "linux" ? {} : LINUX_ONLY),
    ...(process.platform === "win32" ? UNIX_ONLY : {}),
  };
  for (const [files, why] of Object.entries(leftOut)) say(`not run on ${process.platform}: ${files} ${why}`);
  await install();
  if (process.platform === "linux") {
    await installRuntimes();
    await installConsumers();
    await provideSystemParts();
  }
  await build();
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-test-"));
  const report = path.join(folder, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const without = Object.keys(leftOut).map((files) => `--exclude=${files}`);
  const code = await run([...tool("vitest"), "run", ...reporters, ...without, ...args], { stdout: "inherit" });
  // A run that died before it could report has failed, whatever it printed.
  if (!existsSync(report)) return code || 1;
  const { numPassedTests: passed, numFailedTests, numPendingTests: skipped } = JSON.parse(readFileSync(report, "utf8"));
  // An error outside every test (an unhandled rejection) fails the run too.
  const failed = numFailedTests || (code === 0 ? 0 : 1);
  rmSync(folder, { recursive: true });
  console.log(`tests: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return code || (passed === 0 ? 1 : 0);
}

async function check() {
  await install();
  await installReferenceTools();
  await build();
  const packages = readdirSync(path.join(root, "packages")).filter(isPublic);
  const steps = [
    ["types of tests", [...tool("typescript", { name: "tsc" }), "-p", "test"]],
    ["lint", [...tool("oxlint"), "--type-aware", "--deny-warnings"]],
    ["format", [...tool("oxfmt"), "--check", "."]],
    ["unused code and dependencies", [...tool("knip", { name: "knip" }), "--no-progress"]],
    ...packages.map((name) => [`publint ${name}`, [...tool("publint"), "--strict", `packages/${name}`]]),
    ...packages.map((name) => [
      `types as shipped: ${name}`,
      [...tool("@arethetypeswrong/cli"), "--pack", `packages/${name}`, "--profile", "esm-only", "--quiet"],
    ]),
    ["the API reference matches the docstrings", [process.execPath, "docs/tools/generate.mjs", "--check"]],
    ["a release, rehearsed", [process.execPath, "release/rehearse.mjs", "--no-build"]],
  ];
  const failed = [];
  for (const [name, command] of steps) {
    say("check: " + name);
    if ((await run(command)) !== 0) failed.push(name);
  }
  say(failed.length === 0 ? `check: ${steps.length} steps passed` : `check: failed: ${failed.join(", ")}`);
  return failed.length === 0 ? 0 : 1;
}

function install() {
  return installIn(".", "dependencies");
}

/** Other versions of Node, Bun, Deno and workerd: only the tests need them, so the demo does not wait for them. */
function installRuntimes() {
  return installIn("test/runtimes", "runtimes to test on");
}

/** Compilers, bundlers and frameworks that the packed packages are tried with: for the tests alone, too. */
function installConsumers() {
  return installIn("test/consumers", "compilers and bundlers of consumers", ["--ignore-scripts"]);
}

/** typedoc and the TypeScript that it reads sources with: only `docs/reference` needs them. */
function installReferenceTools() {
  return installIn("docs/tools", "what writes the API reference", ["--ignore-scripts"]);
}

async function installIn(folder, what, options = []) {
  const lock = path.join(root, folder, "package-lock.json");
  const installed = path.join(root, folder, "node_modules", ".package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  const place = ["--prefix", path.join(root, folder)];
  await step(`installing ${what}`, [...npm(), "ci", "--no-audit", "--no-fund", ...options, ...place], { quiet: true });
}

function build() {
  return step("building", [...tool("turbo"), "run", "build", "--output-logs=errors-only"], { quiet: true });
}

async function provideSystemParts() {
  const missing = Object.keys(SYSTEM_PARTS).filter((name) => !onPath(name));
  const lacksValkey = !onPath(VALKEY);
  if (missing.length === 0 && !lacksValkey) return;
  const packages = missing.map((name) => SYSTEM_PARTS[name]);
  const isRoot = process.getuid?.() === 0;
  const mayInstall =
    (process.env.CI === "true" || isRoot) && process.env.COUNTERSIGN_NO_APT !== "1" && onPath("apt-get");
  if (!mayInstall) {
    if (missing.length === 0) return leaveOutValkey("COUNTERSIGN_NO_APT=1, or you may not install packages");
    const command = `apt-get ${INSTALL.join(" ")} ${packages.join(" ")}`;
    say(`The tests need ${missing.join(", ")}. On Debian or Ubuntu, run:\n\n  sudo ${command}\n`);
    process.exit(1);
  }
  const wanted = [...missing, ...(lacksValkey ? [VALKEY] : [])];
  say(`The tests use ${wanted.join(", ")}: installing through apt (COUNTERSIGN_NO_APT=1 stops this).`);
  const aptGet = [...(isRoot ? [] : ["sudo"]), "apt-get", "-q"];
  const apt = (...words) => run([...aptGet, ...words], { env: { ...env, DEBIAN_FRONTEND: "noninteractive" } });
  const updated = await apt("update");
  if (missing.length > 0) {
    const code = updated || (await apt(...INSTALL, ...packages));
    if (code !== 0) process.exit(code);
  }
  if (lacksValkey) await provideValkey(apt);
}

/** Installs Valkey from the machine's own list, else from Debian's backports, which only these calls of apt read. */
async function provideValkey(apt) {
  if ((await apt(...INSTALL, VALKEY)) === 0) return;
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  if (!/^VERSION_CODENAME=bookworm$/mu.test(release)) return leaveOutValkey("apt has no package of it");
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-apt-"));
  // apt reads lists as the user _apt.
  chmodSync(folder, 0o755);
  try {
    const list = path.join(folder, "backports.list");
    const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    const machine = existsSync("/etc/apt/sources.list") ? readFileSync("/etc/apt/sources.list", "utf8") : "";
    const backports = `deb [signed-by=${keyring}] http://deb.debian.org/debian bookworm-backports main\n`;
    writeFileSync(list, `${machine}\n${backports}`);
    // The machine's other lists are still read: dependencies come from them.
    const reading = ["-o", `Dir::Etc::sourcelist=${list}`];
    const code = (await apt("update", ...reading)) || (await apt(...INSTALL, ...reading, VALKEY));
    if (code !== 0) leaveOutValkey(`apt could not install it from Debian's backports (exit code ${code})`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function leaveOutValkey(why) {
  say(`not run: the tests on ${VALKEY}, which is not installed: ${why}`);
}

function onPath(name) {
  if (path.isAbsolute(name)) return existsSync(name);
  const folders = [...(process.env.PATH ?? "").split(path.delimiter), "/usr/sbin"];
  return folders.some((folder) => existsSync(path.join(folder, name)));
}

function isPublic(name) {
  const manifest = path.join(root, "packages", name, "package.json");
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).private !== true;
}

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(`Countersign needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}

/** Runs a step that must succeed; a quiet one shows its output only when it fails. */
async function step(name, command, { quiet = false } = {}) {
  const started = performance.now();
  say(`${name} …`);
  const code = await run(command, { quiet });
  if (code !== 0) {
    say(`${name}: failed with exit code ${code}`);
    process.exit(code);
  }
  say(`${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function run([program, ...parameters], { stdout, quiet = false, env: environment = env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      cwd: root,
      env: environment,
      stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", stdout ?? process.stderr, "inherit"],
    });
    const output = [];
    child.stdout?.on("data", (chunk) => output.push(chunk));
    child.stderr?.on("data", (chunk) => output.push(chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (quiet && code !== 0) process.stderr.write(Buffer.concat(output));
      resolve(code ?? (signal === null ? 1 : 128));
    });
  });
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
