import { createEmitter, words } from "@countersign/signer";
import { refuse } from "../../errors/fetch-error.ts";
import { isRedirect } from "../../middleware/is-redirect.ts";
import type { Step } from "../../middleware/middleware.ts";
import type { RedirectOptions } from "../../middleware/redirect.ts";

/** Refuses every redirect: where it leads is shown to no page, so nobody can say whether that may be sent credentials. */
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
          ? `${host} redirected, which was not followed: a browser does not show where to. Pass redirect: "manual" to see that it did.`
          : host,
      );
    };
}
