import { AwsError } from "../wire/aws-error.ts";
import type { Input } from "./validation.ts";

/** One resource as it was created and changed. */
export interface Resource {
  readonly arn: string;
  readonly kind: string;
  readonly name: string;
  readonly region: string;
  readonly accountId: string;
  /** What was asked for, later updates merged in. */
  input: Input;
  /** Members that SageMaker adds: ids, URLs, the ARN. */
  readonly given: Input;
  status: string | undefined;
  readonly createdAt: number;
  modifiedAt: number;
}

/** All resources of one local AWS, by ARN. */
export interface ResourceStore {
  get(arn: string): Resource | undefined;
  put(resource: Resource): void;
  remove(arn: string): void;
  page(
    filter: PageFilter,
    input: Input,
  ): { readonly resources: readonly Resource[]; readonly nextToken: string | undefined };
}

interface PageFilter {
  readonly kind: string;
  readonly region: string;
  readonly accountId: string;
}

const usualPage = 10;
const longestPage = 100;

export function createResourceStore(): ResourceStore {
  const resources = new Map<string, Resource>();
  return {
    get: (arn) => resources.get(arn),
    put: (resource) => void resources.set(resource.arn, resource),
    remove: (arn) => void resources.delete(arn),
    page(filter, input) {
      const found = [...resources.values()].filter(
        (each) =>
          each.kind === filter.kind &&
          each.region === filter.region &&
          each.accountId === filter.accountId &&
          listed(each, input),
      );
      const ordered = found.toSorted(byOrder(input));
      const start = startOf(ordered, input["NextToken"], filter.kind);
      const size = pageSize(input["MaxResults"]);
      const page = ordered.slice(start, start + size);
      const last = page.at(-1);
      const more = start + size < ordered.length && last !== undefined;
      return { resources: page, nextToken: more ? tokenAfter(last) : undefined };
    },
  };
}

/** The filters that the `List` operations share. Times come as seconds since the epoch. */
function listed(resource: Resource, input: Input): boolean {
  const seconds = (member: string): number | undefined => {
    const value = input[member];
    return typeof value === "number" ? value * 1000 : undefined;
  };
  const contains = input["NameContains"];
  return (
    (typeof contains !== "string" || resource.name.toLowerCase().includes(contains.toLowerCase())) &&
    (input["StatusEquals"] === undefined || input["StatusEquals"] === resource.status) &&
    (input["DomainIdEquals"] === undefined || input["DomainIdEquals"] === resource.input["DomainId"]) &&
    resource.createdAt > (seconds("CreationTimeAfter") ?? -Infinity) &&
    resource.createdAt < (seconds("CreationTimeBefore") ?? Infinity) &&
    resource.modifiedAt > (seconds("LastModifiedTimeAfter") ?? -Infinity) &&
    resource.modifiedAt < (seconds("LastModifiedTimeBefore") ?? Infinity)
  );
}

/** Newest first by default. Resources of the same time keep the order in which they were created. */
function byOrder(input: Input): (a: Resource, b: Resource) => number {
  const direction = input["SortOrder"] === "Ascending" ? 1 : -1;
  const by = input["SortBy"];
  return (a, b) => {
    if (by === "Name") return direction * (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
    if (by === "Status") return direction * (a.status ?? "").localeCompare(b.status ?? "");
    return direction * (a.createdAt - b.createdAt);
  };
}

function pageSize(requested: unknown): number {
  if (requested === undefined || requested === null) return usualPage;
  if (typeof requested !== "number" || !Number.isInteger(requested) || requested < 1 || requested > longestPage) {
    const edge = Number(requested) < 1 ? "greater than or equal to 1" : `less than or equal to ${longestPage}`;
    throw new AwsError(
      "ValidationException",
      `1 validation error detected: Value '${JSON.stringify(requested)}' at 'maxResults' failed to satisfy constraint: Member must have value ${edge}`,
    );
  }
  return requested;
}

/** A token names the last entry of its page, so that what is made or removed meanwhile shifts nothing. */
function tokenAfter(resource: Resource): string {
  return Buffer.from(JSON.stringify([resource.kind, resource.arn]), "utf8").toString("base64");
}

function startOf(ordered: readonly Resource[], token: unknown, kind: string): number {
  if (token === undefined || token === null) return 0;
  const after = readToken(token);
  const position = ordered.findIndex((each) => each.arn === after?.[1]);
  if (after?.[0] !== kind || position < 0) throw new AwsError("ValidationException", "Invalid NextToken.");
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
