import type { Door } from "./door.ts";
import { signerDoors } from "./table/signer.ts";

/** By folder of the package and by entry point: each export with a right call, or why it is not called. */
export const table: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Door | string>>>>>> = {
  signer: signerDoors,
};
