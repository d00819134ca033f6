import { checkOptions, type Shapes } from "@countersign/signer/options";
import type { CallOptions } from "../../core/call-options.ts";
import { refuseOption } from "../../core/refuse-option.ts";

/** Checks the options of a call. Pages make few calls, so they have no faster way for it. */
export function checkGiven<Options extends CallOptions>(options: Options, shapes: Shapes<Options>): Options {
  return checkOptions(options, shapes, refuseOption);
}
