import { readChoice } from "./choice-option.ts";
import type { OptionSpecs, OptionValues } from "./command.ts";

type PostureName = "baseline" | "private" | "locked";

const NAMES: readonly PostureName[] = ["baseline", "private", "locked"];

export const POSTURE_OPTION: OptionSpecs = {
  posture: { type: "string", short: "p", value: "NAME", help: "baseline (default), private or locked" },
};

/** @throws CliError `USAGE` for an unknown posture. */
export function readPosture(options: OptionValues): PostureName {
  return readChoice(options, "posture", NAMES, "baseline");
}
