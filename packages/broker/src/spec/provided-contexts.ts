import { createHash } from "node:crypto";
import { instanceId } from "../sources/source.ts";
import type { StsInput } from "../sts/sts.ts";
import type { ContextSpec } from "./role-spec.ts";

const MIN_LENGTH = 4;
const MAX_LENGTH = 2048;

/** The contexts of a session: what its cache key holds of them, and what is sent. */
export interface ProvidedContexts {
  /** Each context without its assertion, which is a secret. */
  readonly identity: readonly { readonly ProviderArn: string; readonly ContextAssertion: string }[];
  /** Whether other processes know the contexts by the same identity. */
  readonly shareable: boolean;
  /** Reads the assertions for one call of STS. */
  read(): Promise<StsInput>;
}

/** Turns the contexts of a spec into those of a session. `undefined`: it has none. */
export function providedContexts(contexts: readonly ContextSpec[] = []): ProvidedContexts | undefined {
  if (contexts.length === 0) return undefined;
  return {
    identity: contexts.map((context) => ({ ProviderArn: context.providerArn, ContextAssertion: identityOf(context) })),
    shareable: contexts.every(({ assertion, subject }) => typeof assertion === "string" || subject !== undefined),
    async read() {
      const made = contexts.map(async ({ providerArn, assertion }, index) => ({
        ProviderArn: providerArn,
        ContextAssertion: typeof assertion === "string" ? assertion : checked(await assertion(), index),
      }));
      return { ProvidedContexts: await Promise.all(made) };
    },
  };
}

function identityOf({ assertion, subject }: ContextSpec): string {
  if (subject !== undefined) return `subject:${subject}`;
  if (typeof assertion === "function") return instanceId(assertion);
  return `sha256:${createHash("sha256").update(assertion).digest("hex")}`;
}

function checked(assertion: unknown, index: number): string {
  if (typeof assertion === "string" && assertion.length >= MIN_LENGTH && assertion.length <= MAX_LENGTH)
    return assertion;
  throw new TypeError(`contexts[${index}].assertion: must return text of ${MIN_LENGTH}-${MAX_LENGTH} characters`);
}
