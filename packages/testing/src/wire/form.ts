import { AwsError } from "./aws-error.ts";
import type { ReceivedRequest } from "./received-request.ts";

/** The parameters of a Query request: flat names in which dots and numbers stand for structure. */
export interface Form {
  readonly action: string;
  text(name: string): string | undefined;
  /** Every parameter as sent. */
  all(): Readonly<Record<string, string>>;
  integer(name: string): number | undefined;
  /** Entries of `name.member.N` (`name.N` in EC2), in order. */
  list(name: string): readonly string[];
  /** Entries of `name.member.N.field`, in order. */
  structures(name: string, fields: readonly string[]): readonly Readonly<Record<string, string | undefined>>[];
}

/** Reads the form of a POST, or the query of a GET (a presigned URL). */
export function readForm(request: ReceivedRequest): Form {
  const parameters =
    request.method === "POST" ? new URLSearchParams(request.body.toString("utf8")) : request.url.searchParams;
  const action = parameters.get("Action");
  if (action === null) {
    throw new AwsError("MissingAction", "The request does not name an Action.");
  }
  const names = [...parameters.keys()];
  if (new Set(names).size < names.length) {
    throw new AwsError("MalformedQueryString", "The request gives a parameter more than once.", { status: 404 });
  }
  const text = (name: string): string | undefined => parameters.get(name) ?? undefined;
  const numbersOf = (name: string): readonly string[] => {
    const found = new Set<string>();
    for (const key of parameters.keys()) {
      const match = key.startsWith(`${name}.`) ? /^(?:member\.)?\d+/.exec(key.slice(name.length + 1)) : null;
      if (match !== null) found.add(match[0]);
    }
    const order = (entry: string): number => Number(entry.replace("member.", ""));
    return [...found].toSorted((a, b) => order(a) - order(b)).map((entry) => `${name}.${entry}`);
  };
  return {
    action,
    text,
    all: () => Object.fromEntries(parameters),
    integer(name) {
      const value = text(name);
      if (value === undefined) return undefined;
      if (!/^-?\d+$/.test(value)) throw new AwsError("MalformedInput", `${name} is not an integer.`);
      return Number(value);
    },
    list: (name) => numbersOf(name).map((entry) => text(entry) ?? ""),
    structures: (name, fields) =>
      numbersOf(name).map((entry) => Object.fromEntries(fields.map((field) => [field, text(`${entry}.${field}`)]))),
  };
}
