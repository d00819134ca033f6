import { words } from "@countersign/signer";
import { signalShape } from "@countersign/signer/options";
import { refuse } from "../errors/fetch-error.ts";
import { checkMode } from "./outgoing.ts";

/** Checks the fields that decide what happens to a signature. In a page the Request constructor does. */
export function checkFields(fields: {
  readonly mode?: string;
  readonly redirect?: string;
  readonly signal?: unknown;
}): void {
  const { mode, redirect = "follow", signal } = fields;
  checkMode(mode);
  if (redirect !== "follow" && redirect !== "manual" && redirect !== "error") {
    refuse("INVALID_REQUEST", words ? "redirect: must be follow, manual or error" : "redirect");
  }
  if (signal !== undefined && signal !== null) {
    signalShape(signal, "signal", (message) => refuse("INVALID_REQUEST", message));
  }
}
