// After the compiler: the inspector's built page becomes part of the command, which serves it for `explain --web`.
import { cpSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const inspector = path.dirname(createRequire(import.meta.url).resolve("@countersign/inspector/package.json"));
const target = fileURLToPath(new URL("dist/inspector", import.meta.url));
rmSync(target, { recursive: true, force: true });
cpSync(path.join(inspector, "dist"), target, { recursive: true });
