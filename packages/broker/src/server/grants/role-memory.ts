import type { Role } from "../../model/role.ts";
import type { Grant } from "../config/grant.ts";

/**
 * Remembers the roles of grants, so that a caller who comes again costs no policy, no check and no digest. A role holds
 * no credentials.
 */
export interface RoleMemory {
  /**
   * @param caller everything of the caller that the role is made from, as text.
   * @param make is called for a caller who is not remembered. Nothing is remembered when it throws.
   */
  recall(grant: Grant, caller: string, make: () => Role): Role;
}

/** Twice as many are remembered at most, about 3 KiB each. */
const GENERATION = 2_500;

export function createRoleMemory(): RoleMemory {
  // By object: a new configuration has new grants, and no role of an old one is found.
  const serials = new WeakMap<Grant, number>();
  let serial = 0;
  let recent = new Map<string, Role>();
  let older = recent;

  function remember(key: string, role: Role): Role {
    if (recent.size >= GENERATION) {
      older = recent;
      recent = new Map();
    }
    recent.set(key, role);
    return role;
  }

  return {
    recall(grant, caller, make) {
      let own = serials.get(grant);
      if (own === undefined) serials.set(grant, (own = ++serial));
      const key = `${own} ${caller}`;
      return recent.get(key) ?? remember(key, older.get(key) ?? make());
    },
  };
}
