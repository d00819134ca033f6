// After the compiler: the manifest's version becomes part of the code, so that a bundled command knows it too, and the
// inspector's built page becomes part of the package, which serves it for `explain --web`.
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const fileOf = (name) => fileURLToPath(new URL(name, import.meta.url));

const { version } = JSON.parse(readFileSync(fileOf("package.json"), "utf8"));
writeFileSync(fileOf("dist/version.js"), `export const VERSION = ${JSON.stringify(version)};\n`);

const inspector = path.dirname(createRequire(import.meta.url).resolve("@countersign/inspector/package.json"));
const target = fileOf("dist/inspector");
rmSync(target, { recursive: true, force: true });
cpSync(path.join(inspector, "dist"), target, { recursive: true });
