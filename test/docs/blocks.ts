import { readFileSync } from "node:fs";
import path from "node:path";
import { root } from "../packaging/workspaces.ts";

/** One fenced block of a document. */
export interface Block {
  readonly language: string;
  /** What follows the language: the name of the file that the block is. */
  readonly name: string;
  readonly code: string;
}

/** The fenced blocks of a document by the heading of the second level they stand under, `""` for those before any. */
export function blocksOf(document: string): Readonly<Record<string, readonly Block[]>> {
  const text = readFileSync(path.join(root, document), "utf8");
  return Object.fromEntries(
    text.split(/^(?=## )/mu).map((section) => [
      /^## (.*)$/mu.exec(section)?.[1] ?? "",
      [...section.matchAll(/^```(\w+)(?: (\S+))?\n([^]*?)^```$/gmu)].map(([, language = "", name = "", code = ""]) => ({
        language,
        name,
        code,
      })),
    ]),
  );
}
