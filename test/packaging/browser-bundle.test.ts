import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import type * as full from "@countersign/browser";
import * as browser from "@countersign/browser/small";
import type { SignedFetchOptions } from "@countersign/fetch";
import type { VendedCredentialsOptions } from "@countersign/fetch/vended";
import { createGuard } from "@countersign/guard";
import type { SageMakerOptions } from "@countersign/sagemaker";
import { describe, expect, expectTypeOf, it } from "vitest";
import { readText, root } from "./workspaces.ts";

interface Bundle {
  readonly file: string;
  readonly integrity: string;
}

const bundles = JSON.parse(readText("packages/browser/dist/integrity.json")) as readonly Bundle[];

// The goal of the design, for the file of a script tag. The sizes of the other two are in the README.
const MAX_GZIP = 11_264;

describe("the file for pages", () => {
  it(`is at most ${MAX_GZIP} bytes after gzip, and says nothing in prose`, () => {
    const text = readText("packages/browser/dist/countersign.min.js");
    expect(gzipSync(text, { level: 9 }).length).toBeLessThanOrEqual(MAX_GZIP);
    expect(text).not.toMatch(/must be|did you mean/u);
  });

  it.each(["countersign.min.js", "countersign.full.min.js"])("%s exports the same names", async (file) => {
    const module = (await import(`${root}/packages/browser/dist/${file}`)) as object;
    expect(Object.keys(module).toSorted()).toEqual([
      "SageMakerError",
      "createInvoker",
      "createSignedFetch",
      "vendedCredentials",
    ]);
  });

  it("the script defines a global of these names", () => {
    const text = readText("packages/browser/dist/countersign.iife.min.js");
    const names = runInNewContext(`${text}; Object.keys(countersign)`, { TextDecoder, TextEncoder }) as string[];
    expect([...names].toSorted()).toEqual([
      "SageMakerError",
      "createInvoker",
      "createSignedFetch",
      "vendedCredentials",
    ]);
  });

  it.each(["countersign.min.js", "countersign.full.min.js"])(
    "%s sends a Request's stream of bytes only",
    async (file) => {
      const { createSignedFetch } = (await import(`${root}/packages/browser/dist/${file}`)) as typeof browser;
      const sent: unknown[] = [];
      const signed = createSignedFetch({
        region: "eu-west-1",
        credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
        fetch: async (_input, init) => {
          sent.push(init?.body);
          return new Response("{}");
        },
      });
      const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";
      // Every runtime that sends streams knows it, but TypeScript's DOM library does not.
      const half = { duplex: "half" };
      const post = (chunk: unknown): Promise<Response> => {
        const body = new ReadableStream({
          start(controller) {
            controller.enqueue(chunk);
            controller.close();
          },
        });
        return signed(new Request(url, { method: "POST", body, ...half }));
      };
      for (const chunk of ["123", new Uint16Array([256]), new DataView(new ArrayBuffer(2)), { length: 2 }]) {
        await expect(post(chunk)).rejects.toMatchObject({ name: "FetchError", code: "BODY_UNSUPPORTED" });
      }
      await post(new Uint8Array([97]));
      expect(sent).toEqual([new Uint8Array([97])]);
    },
  );

  it("signs, invokes and streams as the sources do, with its properties shortened", async () => {
    const minified = (await import(`${root}/packages/browser/dist/countersign.min.js`)) as typeof browser;
    const outcomes = await Promise.all([minified, browser].map(outcomeOf));
    expect(outcomes[0]).toEqual(outcomes[1]);
    expect(outcomes[0]?.seen).toHaveLength(4);
  });
});

const { exports } = JSON.parse(readText("packages/browser/package.json")) as {
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** The files that the conditions of an entry lead to, each once; not the declarations and sources. */
const filesOf = (entry: string): string[] =>
  Object.entries(exports[entry] ?? {}).flatMap(([condition, file], index, all) =>
    ["types", "@countersign/source"].includes(condition) || all.findIndex(([, other]) => other === file) < index
      ? []
      : [file],
  );

/** Options that pages seldom need, one of each kind. */
const RARE: readonly (readonly [what: string, factory: "createInvoker" | "createSignedFetch", options: object])[] = [
  ["guard", "createInvoker", { guard: createGuard({ posture: "baseline" }) }],
  ["endpoint options", "createInvoker", { endpoint: { fips: true } }],
  ["events", "createInvoker", { onEvent: () => undefined }],
  ["events", "createSignedFetch", { onEvent: () => undefined }],
  ["middleware", "createSignedFetch", { middleware: [(next: unknown) => next] }],
  ["settings", "createSignedFetch", { settings: { signedHeaders: "all" } }],
  ["Amazon S3", "createSignedFetch", { service: "s3" }],
  ["payload", "createSignedFetch", { payload: "unsigned" }],
  ["a limit for bodies", "createSignedFetch", { maxBufferBytes: 1024 }],
  ["a number of attempts", "createSignedFetch", { retry: { attempts: 5 } }],
  ["a number of attempts", "createInvoker", { retry: { attempts: 5 } }],
  ["no region", "createSignedFetch", { region: undefined }],
];

describe("what the entries of the package take", () => {
  const region = "eu-west-1";
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "s" };
  const expired = () =>
    Response.json(
      { message: "The security token included in the request is expired" },
      { status: 403, headers: { "x-amzn-errortype": "ExpiredTokenException" } },
    );

  it("the main entry is the full file everywhere; the other one is the small file", () => {
    expect(filesOf(".").toSorted()).toEqual(["./dist/countersign.full.min.js", "./dist/index.js"]);
    expect(filesOf("./small").toSorted()).toEqual(["./dist/countersign.min.js", "./dist/small.js"]);
  });

  /** What each of the options comes to: `taken`, or the error's code. */
  const outcomesOf = (entry: typeof full | typeof browser) =>
    RARE.map(([what, factory, more]) => {
      try {
        entry[factory]({ region, credentials, ...more });
        return `${what}: taken`;
      } catch (error) {
        return `${what}: ${(error as { readonly code?: string }).code}`;
      }
    });

  it.each(filesOf("."))("the main entry takes every option: %s", async (file) => {
    const entry = (await import(`${root}/packages/browser/${file}`)) as typeof full;
    expect(outcomesOf(entry)).toEqual(RARE.map(([what]) => `${what}: taken`));
  });

  it.each(filesOf("./small"))("the small entry refuses those that it does not have: %s", async (file) => {
    const entry = (await import(`${root}/packages/browser/${file}`)) as typeof browser;
    expect(outcomesOf(entry)).toEqual(
      RARE.map(([what]) => `${what}: ${what === "Amazon S3" ? "INVALID_SERVICE" : "INVALID_OPTION"}`),
    );
  });

  it.each(filesOf("."))("the main entry renews a key that AWS rejects: %s", async (file) => {
    const { createSignedFetch } = (await import(`${root}/packages/browser/${file}`)) as typeof full;
    const keys: string[] = [];
    const fetch = async (input: Request | URL | string, init?: RequestInit): Promise<Response> => {
      const [, key = ""] = /Credential=(\w+)/u.exec(new Request(input, init).headers.get("authorization") ?? "") ?? [];
      return keys.push(key) === 1 ? expired() : Response.json({});
    };
    let vended = 0;
    const source = async () => ({ accessKeyId: `ASIA${++vended}`, secretAccessKey: `s${vended}` });
    const { status } = await createSignedFetch({ region, credentials: source, fetch })(
      "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations",
      { method: "POST", body: "{}" },
    );
    expect([status, keys]).toEqual([200, ["ASIA1", "ASIA2"]]);
  });

  it.each(filesOf("./small"))("the small entry drops a key that AWS rejects: %s", async (file) => {
    const entry = (await import(`${root}/packages/browser/${file}`)) as typeof browser;
    const vended: string[] = [];
    const credentials = entry.vendedCredentials({
      url: "https://broker.test",
      grant: "g",
      getToken: () => "user",
      fetch: async () => {
        const accessKeyId = `ASIA${vended.push("key")}`;
        return Response.json({ accessKeyId, secretAccessKey: "s", sessionToken: "t", expiration: "2099-01-01" });
      },
    });
    const signed = entry.createSignedFetch({ region, credentials, fetch: async () => expired() });
    await signed("https://runtime.sagemaker.eu-west-1.amazonaws.com/");
    expect([credentials.peek(), vended]).toEqual([undefined, ["key"]]);
    await signed("https://runtime.sagemaker.eu-west-1.amazonaws.com/");
    expect(vended).toHaveLength(2);
  });

  it("the main entry's types are those of the packages", () => {
    expectTypeOf<full.SignedFetchOptions>().toEqualTypeOf<SignedFetchOptions>();
    expectTypeOf<full.SageMakerOptions>().toEqualTypeOf<SageMakerOptions>();
    expectTypeOf<full.VendedCredentialsOptions>().toEqualTypeOf<VendedCredentialsOptions>();
  });
});

/** What an entry sends and answers at a fixed time. */
async function outcomeOf({ createInvoker, createSignedFetch, vendedCredentials }: typeof browser) {
  const seen: string[] = [];
  const clock = {
    now: () => Date.UTC(2026, 4, 21),
    wall: () => Date.UTC(2026, 4, 21),
    monotonic: () => 0,
    offsetMs: 0,
    observe() {},
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((_, reject) => signal?.addEventListener("abort", () => reject(new Error("stopped")))),
  };
  const fetch = async (input: Request | URL | string, init?: RequestInit): Promise<Response> => {
    const { url, method, headers } = new Request(input, init);
    seen.push(`${method} ${url} ${JSON.stringify(Object.fromEntries(headers))}`);
    const expiration = "2099-01-01T00:00:00Z";
    if (url.includes("/v1/vend/"))
      return Response.json({ accessKeyId: "ASIA", secretAccessKey: "s", sessionToken: "t", expiration });
    return Response.json({ a: 1 }, { headers: { "x-amzn-requestid": "id" } });
  };
  const credentials = vendedCredentials({ url: "https://b.test", grant: "g", getToken: () => "user", clock, fetch });
  const region = "eu-west-1";
  const invoker = createInvoker({ region, credentials, clock, fetch });
  const { requestId, contentType, ...answer } = await invoker.invoke("llm", { x: 1 }, { customAttributes: "a=b" });
  const streamed: string | undefined = await invoker
    .invokeStream("llm", { x: 1 })
    .head()
    .then((head) => head.requestId);
  const signed = createSignedFetch({ region, credentials, clock, fetch, allowedHosts: ["*.a.test"] });
  const { status } = await signed("https://b.a.test/x?b=2&a=1", { method: "POST", body: "text" });
  const refused: unknown = await signed("https://evil.test/").catch((error: unknown) => String(error));
  const peeked = credentials.peek()?.accessKeyId;
  return { seen, requestId, contentType, answer, streamed, status, refused: typeof refused, peeked };
}

describe.each(bundles)("$file", ({ file, integrity }) => {
  it("has the integrity hash that the README names: `node build.mjs --readme` in packages/browser writes it", () => {
    const row = readText("packages/browser/README.md")
      .split("\n")
      .find((line) => line.startsWith(`| \`${file}\``));
    expect(row).toContain(`\`${integrity}\``);
  });
});

interface Part {
  readonly part: string;
  readonly gzip: number;
}

const { parts } = JSON.parse(readText("packages/browser/dist/parts.json")) as { readonly parts: readonly Part[] };

describe("what each part costs", () => {
  it.each(parts)("$part: the README says what the build measured, to 3 %", ({ part, gzip }) => {
    const [, table = ""] =
      /<!-- parts:start -->([^]*)<!-- parts:end -->/u.exec(readText("packages/browser/README.md")) ?? [];
    const row = table.split("\n").find((line) => line.startsWith(`| \`${part}\` |`));
    const said = Number((row?.split("|")[2] ?? "").replace(",", ""));
    expect(Math.abs(said - gzip)).toBeLessThanOrEqual(Math.max(20, gzip * 0.03));
  });
});
