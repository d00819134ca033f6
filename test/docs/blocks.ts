import { readText } from "../packaging/workspaces.ts";
import { type Fence, fencesOf } from "./fences.mjs";

/** One fenced block of a document. */
export type Block = Fence;

/** The fenced blocks of a document by the heading of the second level they stand under, `""` for those before any. */
export function blocksOf(document: string): Readonly<Record<string, readonly Block[]>> {
  const sections: Record<string, Block[]> = { "": [] };
  for (const [, title = ""] of readText(document).matchAll(/^## (.*)$/gmu)) sections[title] = [];
  for (const fence of fencesOf(readText(document))) (sections[fence.section] ??= []).push(fence);
  return sections;
}
