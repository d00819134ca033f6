import { words } from "@countersign/signer";
import { signalShape } from "@countersign/signer/options";
import { refuse } from "../errors/fetch-error.ts";
import { checkMode, unquoted } from "./outgoing.ts";

/** Checks the fields that decide what happens to a signature. In a page the Request constructor does. */
export function checkFields(fields: {
  readonly method?: unknown;
  readonly mode?: string;
  readonly redirect?: string;
  readonly referrer?: unknown;
  readonly signal?: unknown;
}): void {
  const { method = "GET", mode, redirect = "follow", referrer = "", signal } = fields;
  // A token (RFC 9110, section 5.6.2). The platform's own error would quote it.
  if (typeof method !== "string" || !/^[\w!#$%&'*+.^`|~-]+$/.test(method)) {
    refuse("INVALID_REQUEST", words ? "method: must be one such as POST" : "method");
  }
  checkMode(mode);
  if (redirect !== "follow" && redirect !== "manual" && redirect !== "error") {
    refuse("INVALID_REQUEST", words ? "redirect: must be follow, manual or error" : "redirect");
  }
  // The platform's own error would quote it, and a page's address may hold a secret.
  const page = unquoted("referrer", () => String(referrer));
  if (
    page !== "" &&
    page !== "about:client" &&
    !URL.canParse(page, (globalThis as { readonly location?: { readonly href: string } }).location?.href)
  )
    refuse("INVALID_REQUEST", words ? "referrer: must be an absolute URL, about:client or empty" : "referrer");
  if (signal !== undefined && signal !== null) {
    signalShape(signal, "signal", (message) => refuse("INVALID_REQUEST", message));
  }
}
