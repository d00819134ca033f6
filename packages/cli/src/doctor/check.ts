/** The result of one check. */
export interface Check {
  readonly name: string;
  readonly status: "pass" | "warn" | "fail";
  /** What the check found. */
  readonly detail: string;
  /** What to do, unless it passed. */
  readonly fix?: string;
}

export function pass(name: string, detail: string): Check {
  return { name, status: "pass", detail };
}

export function warn(name: string, detail: string, fix: string): Check {
  return { name, status: "warn", detail, fix };
}

export function fail(name: string, detail: string, fix: string): Check {
  return { name, status: "fail", detail, fix };
}

/** The message of an error, and that of its cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== error.message
    ? `${error.message} (${error.cause.message})`
    : error.message;
}
