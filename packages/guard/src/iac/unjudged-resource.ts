import type { Judged, UnresolvedValue } from "./judged.ts";
import type { Position } from "./node.ts";

/** Why a whole resource cannot be judged. */
export type Reason = Omit<UnresolvedValue, "path">;

/** A resource, or a whole file, that no rule can judge. */
export function unjudgedResource(
  address: string,
  type: string,
  reason: Reason,
  file: string | undefined,
  position: Position,
): Judged {
  return {
    address,
    type,
    action: undefined,
    input: undefined,
    facts: {},
    unresolved: [{ path: "", ...reason }],
    file,
    ...position,
    locate: () => position,
  };
}
