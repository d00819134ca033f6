import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../../shared/vectors", import.meta.url));

/** Whether the official vectors are beside the project. They are data of others and not part of it. */
export const hasOfficialVectors: boolean = existsSync(root);

if (!hasOfficialVectors) console.warn("!! The official vectors are not there: only the project's own cases run.");

export const readVector = (path: string): string => readFileSync(root + path, "utf8");

/** One folder of AWS's signing test suite. */
export interface SuiteCase {
  readonly name: string;
  readonly context: {
    readonly credentials: {
      readonly access_key_id: string;
      readonly secret_access_key: string;
      readonly token?: string;
    };
    readonly timestamp: string;
    readonly region: string;
    readonly service: string;
    readonly expiration_in_seconds: number;
    readonly normalize: boolean;
    readonly sign_body: boolean;
    readonly omit_session_token?: boolean;
  };
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly file: (name: string) => string;
  readonly has: (name: string) => boolean;
}

/** The cases of `v4` or `v4a`; none when the vectors are not there. */
export function suiteCases(version: "v4" | "v4a"): SuiteCase[] {
  if (!hasOfficialVectors) return [];
  return readdirSync(`${root}aws-c-auth/${version}`).map((name) => {
    const path = (file: string): string => `aws-c-auth/${version}/${name}/${file}`;
    const [head = "", ...rest] = readVector(path("request.txt")).split("\n\n");
    const [requestLine = "", ...lines] = head.split("\n");
    const [, method = "", target = ""] = /^(\S+) (.*) HTTP\/1\.1$/.exec(requestLine) ?? [];
    const headers: [string, string][] = [];
    for (const line of lines.filter((line) => line !== "")) {
      const last = headers.at(-1);
      if (line.startsWith(" ") && last !== undefined) last[1] += ` ${line.trim()}`;
      else headers.push([line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]);
    }
    const host = headers.find(([header]) => header.toLowerCase() === "host")?.[1] ?? "";
    return {
      name,
      context: JSON.parse(readVector(path("context.json"))) as SuiteCase["context"],
      method,
      url: `https://${host}${target}`,
      headers,
      body: rest.join("\n\n"),
      file: (file) => readVector(path(file)),
      has: (file) => existsSync(root + path(file)),
    };
  });
}
