import { usageError } from "./cli-error.ts";
import { type OptionSpecs, type OptionValues, text } from "./command.ts";

type PostureName = "baseline" | "private" | "locked";

const NAMES: readonly PostureName[] = ["baseline", "private", "locked"];

export const POSTURE_OPTION: OptionSpecs = {
  posture: { type: "string", short: "p", value: "NAME", help: "baseline (default), private or locked" },
};

/** @throws CliError `USAGE` for an unknown posture. */
export function readPosture(options: OptionValues): PostureName {
  const given = text(options, "posture") ?? "baseline";
  const posture = NAMES.find((name) => name === given);
  if (posture === undefined) throw usageError(`--posture ${JSON.stringify(given)}: expected ${NAMES.join(", ")}`);
  return posture;
}
