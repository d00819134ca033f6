import { createEmitter, words } from "@countersign/signer";
import { refuse } from "../../errors/fetch-error.ts";
import { isRedirect } from "../../middleware/is-redirect.ts";
import type { RedirectOptions } from "../../middleware/redirect-options.ts";
import type { Step } from "../../middleware/step.ts";

/** Refuses every redirect: a page cannot see where it leads, so it cannot tell whether that host may be sent credentials. */
export function redirecting({ clock, onEvent }: RedirectOptions): Step {
  const emit = createEmitter(onEvent, clock);
  return (next) =>
    async function refuseRedirects(call) {
      const response = await next(call);
      if (call.init.redirect === "manual" || !isRedirect(response)) return response;
      const { host } = call.url;
      emit("redirect.refused", () => ({ host, location: "", status: response.status }));
      return refuse(
        "REDIRECT_REFUSED",
        words
          ? `redirect: must not happen; ${host} answered with one, and a browser does not show where it leads. Pass redirect: "manual" to receive that answer`
          : host,
      );
    };
}
