import type { Diagnosis } from "./diagnosis.ts";

/** A cause and what was found. */
export type Finding = Pick<Diagnosis, "cause" | "detail" | "difference">;
