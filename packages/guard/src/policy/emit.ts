import { GuardError } from "../error.ts";
import { withoutSids } from "./deny.ts";
import type { EmittedPolicy, PolicyGap, PolicyStatement } from "./document.ts";

const lengthOf = (statements: readonly PolicyStatement[]): number => JSON.stringify(documentOf(statements)).length;

const documentOf = (statements: readonly PolicyStatement[]) =>
  ({ Version: "2012-10-17", Statement: statements }) as const;

/**
 * Makes the document, with its gaps and its length in properties that JSON leaves out. Statements keep their names where these
 * fit.
 *
 * @throws GuardError `POLICY_TOO_LARGE` when the minified JSON is longer than AWS takes.
 */
export function emitPolicy(
  kind: string,
  limit: number,
  named: readonly PolicyStatement[],
  gaps: readonly PolicyGap[],
  advice: string,
): EmittedPolicy {
  const statements = lengthOf(named) > limit ? withoutSids(named) : named;
  const length = lengthOf(statements);
  if (length > limit) refuseLength(kind, limit, length, advice);
  return emitted(statements, gaps, length, limit);
}

/**
 * Makes as many documents as the limit needs. Each is complete: a Deny stands by itself, so the documents together deny what
 * one document with all statements would.
 *
 * @throws GuardError `POLICY_TOO_LARGE` when a single statement is longer than AWS takes.
 */
export function emitPolicies(
  kind: string,
  limit: number,
  statements: readonly PolicyStatement[],
  gaps: readonly PolicyGap[],
  advice: string,
): readonly EmittedPolicy[] {
  const documents: PolicyStatement[][] = [[]];
  for (const statement of statements) {
    const alone = lengthOf([statement]);
    if (alone > limit) refuseLength(kind, limit, alone, advice);
    const fitting = documents.find((document) => lengthOf([...document, statement]) <= limit);
    if (fitting === undefined) documents.push([statement]);
    else fitting.push(statement);
  }
  return documents.map((document) => emitted(document, gaps, lengthOf(document), limit));
}

function emitted(
  statements: readonly PolicyStatement[],
  gaps: readonly PolicyGap[],
  length: number,
  limit: number,
): EmittedPolicy {
  // Descriptors that inherit would read a polluted `Object.prototype`.
  const descriptors: object = {
    gaps: { __proto__: null, value: gaps },
    length: { __proto__: null, value: length },
    limit: { __proto__: null, value: limit },
  };
  return Object.defineProperties({ ...documentOf(statements) } as EmittedPolicy, descriptors as PropertyDescriptorMap);
}

function refuseLength(kind: string, limit: number, length: number, advice: string): never {
  throw new GuardError(
    "POLICY_TOO_LARGE",
    `${kind}: must have at most ${limit} characters, and has ${length}. ${advice}`,
  );
}
