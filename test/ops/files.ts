import { readdirSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { readText, root } from "../packaging/workspaces.ts";

/** A Kubernetes object. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** Every object in the folder of manifests, by file. */
export function manifests(): { readonly file: string; readonly manifest: Manifest }[] {
  return readdirSync(`${root}/docs/ops/kubernetes`)
    .filter((file) => file.endsWith(".yaml") && file !== "kustomization.yaml")
    .flatMap((file) =>
      parseAllDocuments(readText(`docs/ops/kubernetes/${file}`)).map((document) => {
        if (document.errors.length > 0) throw document.errors[0];
        return { file, manifest: document.toJS() as Manifest };
      }),
    );
}

/** The values at a path of names; `*` is every entry. */
export function valuesAt(value: unknown, ...path: readonly string[]): unknown[] {
  const [name, ...rest] = path;
  if (name === undefined) return value === undefined ? [] : [value];
  const inner = Object(value) as Readonly<Record<string, unknown>>;
  return (name === "*" ? Object.values(inner) : [inner[name]]).flatMap((one) => valuesAt(one, ...rest));
}
