import { EventEmitter } from "node:events";
import { expect, it, vi } from "vitest";
import { sources } from "../../src/index.ts";
import { recordingTransport } from "../sources/fixture.ts";

// What `spawn` returns when the process has no file descriptor left for pipes: no streams, and an error in the next tick.
vi.mock("node:child_process", async (original) => ({
  ...(await original<typeof import("node:child_process")>()),
  spawn() {
    const child = Object.assign(new EventEmitter(), { kill: () => false, unref: () => undefined });
    process.nextTick(() => child.emit("error", Object.assign(new Error("spawn EMFILE"), { code: "EMFILE" })));
    return child;
  },
}));

it("kind: no raw error is reachable: a credential_process for which no file descriptor is left", async () => {
  const { transport } = recordingTransport(() => ({ body: "" }));
  await expect(sources.process({ transport, env: {}, command: "true" })()).rejects.toMatchObject({
    name: "BrokerError",
    code: "SOURCE_UNAVAILABLE",
    message: "process: credential_process could not be started (EMFILE)",
  });
});
