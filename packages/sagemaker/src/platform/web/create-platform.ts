import { words } from "@countersign/signer";
import { SageMakerError } from "../../core/error.ts";
import type { Platform, PlatformOptions } from "../contract.ts";
import { createFetchPlatform } from "../fetch-platform.ts";

/** Browsers, edge runtimes, Deno and Bun: everything goes through `fetch`. */
export function createPlatform(options: PlatformOptions): Platform {
  if (options.transport !== undefined) {
    throw new SageMakerError(
      "RUNTIME_UNSUPPORTED",
      words ? "transport: needs Node.js; pass fetch instead" : "transport",
    );
  }
  return createFetchPlatform(options);
}
