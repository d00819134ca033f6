import { GuardError } from "../error.ts";
import { positions } from "./node.ts";

/** Refuses a file that cannot be read, with the place of the fault. */
export function refuseFile(fault: string, text?: string, offset?: number): never {
  const at = text === undefined || offset === undefined ? undefined : positions(text)(offset);
  const place = at === undefined ? "" : `line ${at.line}, column ${at.column}: `;
  throw new GuardError("TEMPLATE_UNREADABLE", `file: ${place}${fault}`);
}
