import type { Grant } from "../config/grant.ts";
import { VendingError } from "../vending-error.ts";

/** Finds a grant by the name that a caller sent. */
export type FindGrant = <Kind extends Grant["kind"]>(name: string, kind: Kind) => Grant & { readonly kind: Kind };

/** @throws VendingError `GRANT_UNKNOWN`, from the function returned. */
export function createFindGrant(grants: Readonly<Record<string, Grant>>): FindGrant {
  return function findGrant<Kind extends Grant["kind"]>(name: string, kind: Kind) {
    const grant = Object.hasOwn(grants, name) ? grants[name] : undefined;
    if (grant?.kind !== kind) {
      throw new VendingError("GRANT_UNKNOWN", `no ${kind} grant has the name ${JSON.stringify(name.slice(0, 64))}`);
    }
    return grant as Grant & { readonly kind: Kind };
  };
}
