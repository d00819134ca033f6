import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("..", import.meta.url));

// Tests read the packages' sources through this export condition, so that a test never runs against a stale build.
const conditions = ["@countersign/source", "node", "development|production"];

const project = (name: string, include: string[]) => ({
  extends: true as const,
  test: { name, include },
});

export default defineConfig({
  root,
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["node"] } },
  test: {
    environment: "node",
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    // Two cores are the reference machine: more workers only make servers and timers compete.
    maxWorkers: 2,
    projects: [
      ...readdirSync(new URL("../packages", import.meta.url), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => project(name, [`packages/${name}/test/**/*.test.ts`])),
      project("test", ["test/**/*.test.ts"]),
      project("benchmarks", ["benchmarks/**/*.test.ts"]),
    ],
  },
});
