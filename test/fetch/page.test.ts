import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium } from "../chromium.ts";
import { type Answer, type PageServer, servePage } from "./page-server.ts";

let server: PageServer;
let origin = "";
let browser: Browser;
let context: BrowserContext;
let vend: Answer;
let service: Answer;

/** Both sizes of what pages load, callable from the test. */
const SCRIPT = `
import * as full from "@countersign/browser";
import * as small from "@countersign/browser/small";
import { renewing } from "@countersign/fetch/parts";
globalThis.sizes = { full, small };
globalThis.renewing = renewing;
`;

const keyOf = (id: string, ms = 3_600_000): string =>
  JSON.stringify({
    accessKeyId: id,
    secretAccessKey: "s",
    sessionToken: "t",
    expiration: new Date(Date.now() + ms).toISOString(),
  });
const json =
  (text: () => string): Answer =>
  (_request, response) =>
    void response.writeHead(200, { "content-type": "application/json" }).end(text());

beforeAll(async () => {
  server = await servePage(SCRIPT, (url) => {
    if (url === "/v1/vend/chat") return vend;
    return url?.startsWith("/endpoints/") === true ? service : undefined;
  });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});
beforeEach(async () => {
  ({ origin } = server);
  vend = json(() => keyOf("ASIA1"));
  service = json(() => "{}");
  context = await browser.newContext({ ignoreHTTPSErrors: true });
});
afterEach(() => context.close());

/** A page with a signed fetch of one size: `signed(init)` calls the service with vended credentials. */
async function page(size: string, prepare?: (page: Page) => Promise<unknown>): Promise<Page> {
  const opened = await context.newPage();
  await prepare?.(opened);
  await opened.goto(origin);
  await opened.waitForFunction("globalThis.sizes !== undefined");
  await opened.evaluate(`{
    const { createSignedFetch, vendedCredentials } = sizes.${size};
    globalThis.credentials = vendedCredentials({ url: "/", grant: "chat", getToken: () => "token" });
    const signed = createSignedFetch({ region: "eu-west-1", service: "sagemaker", credentials, allowedHosts: [location.host] });
    globalThis.signed = (init) => signed("/endpoints/e/invocations", { method: "POST", body: "{}", ...init });
    globalThis.outcome = async (call) => {
      const start = performance.now();
      const said = await call.then((got) => got.status ?? got.accessKeyId, (error) => error.code === 23 ? error.name : error.code ?? error.message);
      return [said, Math.round(performance.now() - start)];
    };
  }`);
  return opened;
}

/**
 * Calls, and aborts the call when nothing was sent and nothing has arrived for 100 ms; says how it ended, and how long
 * after the abort, in milliseconds. The page itself counts, so that a busy machine changes nothing.
 */
const ABORTED = `(async () => {
  const abort = new AbortController();
  const { fetch } = globalThis;
  let abortedAt = NaN;
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      abortedAt = performance.now();
      abort.abort(new Error("enough"));
    }, 100);
  };
  globalThis.fetch = (...call) => (wait(), fetch(...call).finally(wait));
  const [said] = await outcome(signed({ signal: abort.signal }));
  return [said, performance.now() - abortedAt];
})()`;

describe.each(["small", "full"])("in Chromium, an aborted call ends at once with its reason: %s", (size) => {
  const hang: Answer = () => undefined;
  const slow =
    (status: number): Answer =>
    (_request, response) => {
      response.writeHead(status, { "content-type": "application/json" });
      // Chromium hands the head of an answer on with the first kilobytes of its body.
      response.write(" ".repeat(4096));
      const timer = setInterval(() => response.write(" "), 10);
      response.on("close", () => clearInterval(timer));
    };
  const later: Answer = (_request, response) => void response.writeHead(503, { "retry-after": "10" }).end();

  it.each<[string, { vend?: Answer; service?: Answer }]>([
    ["during the vend", { vend: hang }],
    ["during the vend's answer", { vend: slow(200) }],
    ["during the call", { service: hang }],
    ["during an endless refusal", { service: slow(403) }],
    ["between attempts", { service: later }],
  ])("%s", async (_when, answers) => {
    ({ vend = vend, service = service } = answers);
    const [said, ms] = await (await page(size)).evaluate<[string, number]>(ABORTED);
    expect(said).toBe("enough");
    expect(ms).toBeLessThan(500);
  });
});

it("in Chromium, the timeout of one call leaves what is vended to the next", async () => {
  let vends = 0;
  vend = (request, response) => void setTimeout(() => json(() => keyOf(`ASIA${++vends}`))(request, response), 500);
  const opened = await page("small");
  const outcomes = await opened.evaluate<unknown>(
    `Promise.all([outcome(signed({ signal: AbortSignal.timeout(100) })), outcome(signed())]).then((all) => all.map(([said]) => said))`,
  );
  expect(outcomes).toEqual(["TimeoutError", 200]);
  expect(vends).toBe(1);
});

it.each(["small", "full"])("in Chromium, a polluted Object.prototype changes no call: %s", async (size) => {
  const arrived: string[] = [];
  service = (request, response) => {
    arrived.push(`${request.url} ${/Credential=(\w+)/u.exec(String(request.headers.authorization))?.[1]}`);
    json(() => "{}")(request, response);
  };
  const opened = await page(size);
  for (const [name, value] of [
    ["length", '"x"'],
    ["length", "8"],
    ["arrayBuffer", '"x"'],
    ["mode", '"no-cors"'],
    ["redirect", '"follow"'],
  ]) {
    const said = await opened.evaluate<unknown>(`(async () => {
      const calls = [() => signed(), () => signed({ headers: { "x-amz-a": "b" } })];
      credentials.signOut();
      Object.prototype.${name} = ${value};
      const got = await Promise.all(calls.map((call) => call().then((answer) => answer.ok, String)));
      delete Object.prototype.${name};
      return got;
    })()`);
    expect([name, said]).toEqual([name, [true, true]]);
  }
  expect(new Set(arrived)).toEqual(new Set(["/endpoints/e/invocations ASIA1"]));
});

const APP = "https://app.example";

/** A page over TLS whose device's clock is wrong, and services of its origin whose clock is right. */
async function pageOfWrongClock(size: string, aheadMs: number, counts: { vends: number; refusals: number }) {
  await context.route(`${APP}/**`, async (route) => {
    const request = route.request();
    const { pathname } = new URL(request.url());
    if (pathname === "/bundle.js") return route.fulfill({ contentType: "text/javascript", body: server.bundle });
    const headers = { date: new Date().toUTCString() };
    if (pathname === "/v1/vend/chat") {
      return route.fulfill({ headers, contentType: "application/json", body: keyOf(`ASIA${++counts.vends}`, 900_000) });
    }
    if (!pathname.startsWith("/endpoints/")) {
      return route.fulfill({ contentType: "text/html", body: `<script type="module" src="/bundle.js"></script>` });
    }
    const signedAt = String(request.headers()["x-amz-date"]).replace(/(....)(..)(.....)(..)/u, "$1-$2-$3:$4:");
    if (Math.abs(Date.parse(signedAt) - Date.now()) < 300_000) return route.fulfill({ headers, body: "{}" });
    counts.refusals++;
    const now = new Date().toISOString().replaceAll(/[-:]|\.\d+/gu, "");
    const message = `Signature not yet current: x is still later than y (${now} + 5 min.)`;
    return route.fulfill({
      status: 403,
      contentType: "application/json",
      body: JSON.stringify({ __type: "InvalidSignatureException", message }),
    });
  });
  origin = APP;
  return page(size, (opened) => opened.addInitScript(`{ const now = Date.now; Date.now = () => now() + ${aheadMs}; }`));
}

describe.each(["small", "full"])("in Chromium, a device's wrong clock locks no page out: %s", (size) => {
  it.each([7_200_000, -7_200_000])("%d ms ahead", async (aheadMs) => {
    const counts = { vends: 0, refusals: 0 };
    const opened = await pageOfWrongClock(size, aheadMs, counts);
    for (let call = 0; call < 3; call++)
      expect(await opened.evaluate<unknown>(`outcome(signed())`)).toEqual([200, expect.any(Number)]);
    expect(counts.vends).toBeLessThanOrEqual(2);
    expect(counts.refusals).toBeLessThanOrEqual(1);
  });
});
