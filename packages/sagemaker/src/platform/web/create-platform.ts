import { words } from "@countersign/signer";
import { SageMakerError } from "../../core/error.ts";
import type { Platform, PlatformOptions } from "../contract.ts";
import { createFetchPlatform } from "../fetch-platform.ts";

/** Where there is a `fetch` and nothing else: browsers, edge runtimes, Deno and Bun. */
export function createPlatform(options: PlatformOptions): Platform {
  if (options.transport !== undefined) {
    throw new SageMakerError(
      "RUNTIME_UNSUPPORTED",
      words ? "The transport option needs Node.js; pass fetch instead." : "transport",
    );
  }
  return createFetchPlatform(options);
}
