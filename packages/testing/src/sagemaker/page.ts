import type { Input } from "../model/validate.ts";
import { AwsError } from "../wire/aws-error.ts";

const usualPage = 10;

/** One entry of a list: a stable key, and the members that the list shows. */
export interface Entry {
  readonly key: string;
  readonly value: unknown;
}

/**
 * One page of a list. The token names the last entry of its page, so entries that are added or removed meanwhile shift
 * nothing.
 *
 * @param list the name of the list: a token of another list is refused.
 */
export function pageOf(
  list: string,
  entries: readonly Entry[],
  input: Input,
): { readonly page: readonly unknown[]; readonly next: { readonly NextToken?: string } } {
  const start = startOf(entries, input["NextToken"], list);
  const size = typeof input["MaxResults"] === "number" ? input["MaxResults"] : usualPage;
  const page = entries.slice(start, start + size);
  const last = page.at(-1);
  const more = start + size < entries.length && last !== undefined;
  return {
    page: page.map(({ value }) => value),
    next: more ? { NextToken: Buffer.from(JSON.stringify([list, last.key]), "utf8").toString("base64") } : {},
  };
}

function startOf(entries: readonly Entry[], token: unknown, list: string): number {
  if (token === undefined) return 0;
  const after = readToken(token);
  const position = entries.findIndex(({ key }) => key === after?.[1]);
  if (after?.[0] !== list || position < 0) throw new AwsError("ValidationException", "Invalid NextToken.");
  return position + 1;
}

function readToken(token: unknown): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(String(token), "base64").toString("utf8"));
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
