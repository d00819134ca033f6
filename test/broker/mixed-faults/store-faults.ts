import type { RedisServer } from "../redis.ts";
import type { Faults } from "./lanes.ts";

export function storeFaults(valkey: RedisServer): Faults {
  const call = (...words: [string, ...(string | number)[]]) =>
    valkey.client.call(...(words as [string])).catch(() => undefined);
  return {
    "store stopped": async () => {
      valkey.signal("SIGSTOP");
      return () => valkey.signal("SIGCONT");
    },
    "store killed": async () => {
      await valkey.kill();
      return () => valkey.restart();
    },
    "store flushed": async () => {
      await call("FLUSHALL");
      return () => undefined;
    },
    "store slow": async () => {
      const timer = setInterval(() => void call("CLIENT", "PAUSE", "90", "ALL"), 100);
      return () => clearInterval(timer);
    },
    "store out of memory": async () => {
      await call("CONFIG", "SET", "maxmemory", "1");
      return () => void call("CONFIG", "SET", "maxmemory", "0");
    },
    "store a read-only replica": async () => {
      await call("REPLICAOF", "127.0.0.1", "1");
      return () => void call("REPLICAOF", "NO", "ONE");
    },
    "clients disconnected": async () => {
      await call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      return () => undefined;
    },
  };
}
