import type { IncomingMessage, ServerResponse } from "node:http";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium } from "../chromium.ts";
import { type PageServer, servePage } from "./page-server.ts";

/** A vending broker: each vend is a new key, unless it is held back. */
interface Vending {
  readonly tokens: string[];
  hold: ServerResponse[] | undefined;
}

let server: PageServer;
let origin = "";
let browser: Browser;
let context: BrowserContext;
let vending: Vending;

/** What a page does with the package, callable from the test. */
const SCRIPT = `
import { vendedCredentials } from "@countersign/fetch/vended";
const token = new URL(location.href).searchParams.get("token");
const credentials = vendedCredentials({ url: "/", grant: "chat", getToken: () => token });
globalThis.key = async () => (await credentials()).accessKeyId;
globalThis.reject = (accessKeyId) => credentials.invalidate({ accessKeyId, reason: "rejected" });
`;

function answer(response: ServerResponse, count: number): void {
  const expiration = new Date(Date.now() + 3_600_000 + count * 1000).toISOString();
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ accessKeyId: `ASIA${count}`, secretAccessKey: "s", sessionToken: "t", expiration }));
}

function vend(request: IncomingMessage, response: ServerResponse): void {
  const count = vending.tokens.push(String(request.headers.authorization));
  if (vending.hold === undefined) answer(response, count);
  else vending.hold.push(response);
}

beforeAll(async () => {
  server = await servePage(SCRIPT, (url) => (url === "/v1/vend/chat" ? vend : undefined));
  ({ origin } = server);
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});
beforeEach(async () => {
  vending = { tokens: [], hold: undefined };
  context = await browser.newContext({ ignoreHTTPSErrors: true });
});
afterEach(() => context.close());

/** A JSON Web Token as far as a page can tell: the broker would verify it. */
function tokenOf(subject: string, id: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ iss: "https://id.example", sub: subject, jti: id })}.${"x".repeat(8)}`;
}

async function tab(subject: string, id = "1"): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${origin}/?token=${tokenOf(subject, id)}`);
  await page.waitForFunction("globalThis.key !== undefined");
  return page;
}

const key = (page: Page): Promise<string> => page.evaluate<string>("globalThis.key()");

describe("the tabs of a browser", () => {
  it("that ask at once are vended one key, though each has a token of its own", async () => {
    const tabs = await Promise.all([tab("ada", "1"), tab("ada", "2"), tab("ada", "3")]);
    expect(await Promise.all(tabs.map(key))).toEqual(["ASIA1", "ASIA1", "ASIA1"]);
    expect(vending.tokens).toHaveLength(1);
  });

  it("that come later take over what another one holds", async () => {
    const first = await tab("ada");
    expect(await key(first)).toBe("ASIA1");
    for (let count = 0; count < 4; count++) await key(await tab("ada"));
    // A busy machine may answer a lone question late, and then the tab asks the broker; not each time, though.
    expect(vending.tokens.length).toBeLessThan(5);
  });

  it("of another user are vended their own", async () => {
    const [ada, grace] = await Promise.all([tab("ada"), tab("grace")]);
    expect(await key(ada)).toBe("ASIA1");
    expect(await key(grace)).toBe("ASIA2");
    expect(new Set(vending.tokens).size).toBe(2);
  });

  it("take over a renewal: one replaces a rejected key, and the other has the new one", async () => {
    const [one, other] = await Promise.all([tab("ada"), tab("ada")]);
    const keys = await Promise.all([key(one), key(other)]);
    expect(keys).toEqual(["ASIA1", "ASIA1"]);
    await one.evaluate('globalThis.reject("ASIA1")');
    expect(await key(one)).toBe("ASIA2");
    await other.evaluate('globalThis.reject("ASIA1")');
    expect(await key(other)).toBe("ASIA2");
    expect(vending.tokens).toHaveLength(2);
  });

  it("go on when the one that was renewing is closed", async () => {
    vending.hold = [];
    const [closing, staying] = await Promise.all([tab("ada"), tab("ada")]);
    const abandoned = key(closing).catch(() => "closed");
    await expect.poll(() => vending.hold?.length, { timeout: 20_000 }).toBe(1);
    const waiting = key(staying);
    await closing.close();
    expect(await abandoned).toBe("closed");
    await expect.poll(() => vending.hold?.length, { timeout: 20_000 }).toBe(2);
    const held = vending.hold;
    vending.hold = undefined;
    for (const [index, response] of held.entries()) answer(response, index + 1);
    expect(await waiting).toBe("ASIA2");
  });

  it("store nothing", async () => {
    const page = await tab("ada");
    await key(page);
    const stored = await page.evaluate<unknown>(
      "Promise.all([localStorage.length, sessionStorage.length, document.cookie, indexedDB.databases(), caches.keys()])",
    );
    expect(stored).toEqual([0, 0, "", [], []]);
  });
});
