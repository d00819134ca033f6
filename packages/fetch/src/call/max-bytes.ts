import { words } from "@countersign/signer";
import { optional, type Shape, shape } from "@countersign/signer/options";

/** The shape of every limit in bytes. */
export const bytes: Shape = optional(
  shape(words && "a number of bytes from 0", (value) => typeof value === "number" && value >= 0),
);
