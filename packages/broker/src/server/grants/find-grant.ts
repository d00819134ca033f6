import type { Grant } from "../config/grant.ts";
import { VendingError } from "../vending-error.ts";

/** Finds a grant by the name that a caller sent. */
export type FindGrant = <Kind extends Grant["kind"]>(
  name: string,
  ...kinds: readonly Kind[]
) => Grant & { readonly kind: Kind };

/** @throws VendingError `GRANT_UNKNOWN`, from the function returned. */
export function createFindGrant(grants: Readonly<Record<string, Grant>>): FindGrant {
  return function findGrant<Kind extends Grant["kind"]>(name: string, ...kinds: readonly Kind[]) {
    const grant = Object.hasOwn(grants, name) ? grants[name] : undefined;
    if (grant === undefined || !(kinds as readonly string[]).includes(grant.kind)) {
      throw new VendingError(
        "GRANT_UNKNOWN",
        `no ${kinds.join(" or ")} grant has the name ${JSON.stringify(name.slice(0, 64))}`,
      );
    }
    return grant as Grant & { readonly kind: Kind };
  };
}
