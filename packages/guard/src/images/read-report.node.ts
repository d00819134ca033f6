/// <reference types="node" />
import { readFile } from "node:fs/promises";

/** The bytes of a report's file. */
export function readReport(path: string): Promise<Uint8Array> {
  return readFile(path);
}
