import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { createSignedFetch } from "../../src/index.ts";
import { bodies, bodyOutcome, fields, inInitOf, inRequestOf, redirects } from "../conformance/matrix.ts";
import { arrivals } from "../conformance/arrivals.ts";
import { credentials } from "../expect-signed.ts";
import { localServer, nth } from "../local-server.ts";

const README = new URL("../../README.md", import.meta.url);

describe("every field of RequestInit and Request (zirkelc/aws-sigv4-sign#6)", () => {
  it.each(fields.map((field) => [field.name, field] as const))("%s is kept", async (_name, field) => {
    expect(await inInitOf(field)).toBe("kept");
    expect(await inRequestOf(field)).toBe(field.initOnly === true ? "-" : "kept");
  });

  it("a dispatcher in a Request is the one that Node's fetch uses", async () => {
    const used: unknown[] = [];
    const dispatcher = {
      dispatch(options: { readonly path: string }, handler: { onError(error: Error): void }) {
        used.push(options.path);
        handler.onError(new Error("seen"));
        return true;
      },
    };
    const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";
    const request = new Request(url, { method: "POST", body: "b", dispatcher } as RequestInit);
    await expect(createSignedFetch({ region: "eu-west-1", credentials })(request)).rejects.toThrow("fetch failed");
    expect(used).toEqual(["/endpoints/e/invocations"]);
  });
});

describe("every kind of body", () => {
  it.each(bodies)("%s arrives as it was, signed", async (kind, make) => {
    const init = kind === "ReadableStream" ? "needs `payload`" : "signed and sent";
    expect(await arrivals(make)).toEqual({ init, request: "signed and sent" });
  });
});

it("the table in the README is what was measured", async () => {
  await using server = await localServer();
  const arrived = async (): Promise<string> => nth(server.received, server.received.length - 1).body.toString();
  const rows: (readonly [what: string, inInit: string, inRequest: string])[] = [];
  for (const field of fields) {
    const name = field.name.includes(" ") ? field.name : `\`${field.name}\``;
    rows.push([name, await inInitOf(field), await inRequestOf(field)]);
  }
  for (const [name, outcome] of redirects) rows.push([`\`${name}\``, outcome, outcome]);
  for (const [kind, make] of bodies) {
    const asInit = await bodyOutcome(server.origin, make, "init", arrived);
    rows.push([`body ${kind}`, asInit, await bodyOutcome(server.origin, make, "request", arrived)]);
  }
  const readme = await readFile(README, "utf8");
  const table = /<!-- matrix -->\n([^]*?)<!-- \/matrix -->/u.exec(readme)?.[1];
  expect(table?.trim()).toBe(tableOf(rows));
});

/** Rows with the same outcome share a line. */
function tableOf(rows: readonly (readonly [what: string, inInit: string, inRequest: string])[]): string {
  const lines = new Map<string, string[]>();
  for (const [what, inInit, inRequest] of rows) {
    const outcome = `${inInit} | ${inRequest}`;
    lines.set(outcome, [...(lines.get(outcome) ?? []), what]);
  }
  const body = [...lines].map(([outcome, names]) => `| ${names.join(", ").replaceAll(", body ", ", ")} | ${outcome} |`);
  return ["| field or body | in `init` | in a `Request` |", "|---|---|---|", ...body].join("\n");
}
