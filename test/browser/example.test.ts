import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type Clock, createSigner } from "@countersign/signer";
import { type Aws, type ManualClock, createManualClock } from "@countersign/testing";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium } from "../chromium.ts";

interface Example {
  readonly page: string;
  readonly aws: Aws<Clock>;
  readonly broker: { revoke(filter: object): Promise<void> };
  close(): Promise<void>;
}

interface Vended {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

const start = new URL("../../packages/browser/example/start.mjs", import.meta.url).href;
let browser: Browser;
let example: Example;
let context: BrowserContext;
let vended: Vended[];
/** Answers with credentials. */
let vends: number;
let consoleText: string;

async function startExample(options: object = {}): Promise<Example> {
  const module = (await import(start)) as { startExample(options: object): Promise<Example> };
  return module.startExample({ ports: [0, 0, 0], ...options });
}

/** An example whose broker and AWS live in a time of their own. */
async function restartWithManualClock(): Promise<ManualClock> {
  await example.close();
  const clock = createManualClock();
  example = await startExample({ clock });
  return clock;
}

beforeAll(async () => {
  browser = await launchChromium();
  example = await startExample();
});
afterAll(async () => {
  await browser.close();
  await example.close();
});
beforeEach(async () => {
  context = await browser.newContext();
  vended = [];
  vends = 0;
  consoleText = "";
  context.on("response", (response) => {
    if (response.url().includes("/v1/vend/") && response.status() === 200) vends += 1;
  });
  // Read in the page: Chromium may drop the body of an answer before it can be asked for.
  await context.exposeFunction("tellVended", ({ accessKeyId, secretAccessKey, sessionToken }: Vended) => {
    vended.push({ accessKeyId, secretAccessKey, sessionToken });
  });
  await context.addInitScript(`{
    const real = globalThis.fetch;
    globalThis.fetch = async (...request) => {
      const answer = await real(...request);
      if (answer.ok && answer.url.includes("/v1/vend/")) void answer.clone().json().then(globalThis.tellVended);
      return answer;
    };
  }`);
  context.on("console", (message) => {
    consoleText += `${message.text()}\n`;
  });
});
afterEach(() => context.close());

/** A tab that has signed in: the first one by name, the next by the provider's own session. */
async function signedIn(name: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(example.page);
  await page.click("#sign-in");
  await page.waitForSelector("#name, #send:not([disabled])");
  if ((await page.locator("#name").count()) > 0) {
    await page.fill("#name", name);
    await page.click("button[type=submit]");
    await page.waitForSelector("#send:not([disabled])");
  }
  return page;
}

async function ask(page: Page, question: string): Promise<void> {
  await page.fill("#question", question);
  await page.click("#send");
  await expect.poll(() => page.textContent("#status"), { timeout: 20_000 }).toMatch(/^(Done|Stopped|The |These )/);
}

it("goes from sign-in to a streamed answer", async () => {
  const page = await signedIn("alice");
  expect(await page.textContent("#user")).toBe("alice");
  await page.fill("#question", "What is held here?");
  await page.click("#send");
  // It arrives piece by piece: some of it is there while more is coming.
  await expect.poll(() => page.textContent("#answer")).toContain("You asked");
  expect(await page.textContent("#status")).toBe("Answering …");
  await expect.poll(() => page.textContent("#status"), { timeout: 20_000 }).toBe("Done.");
  expect(await page.textContent("#answer")).toMatch(/^You asked: “What is held here\?”.*where the answer was made\.$/);
  await expect.poll(() => vended[0]?.accessKeyId).toBe(await page.textContent("#key"));
  expect(await page.textContent("#left")).toMatch(/^1[45] min/);
});

it("stops when it is told to", async () => {
  const page = await signedIn("alice");
  await page.fill("#question", "Stop");
  await page.click("#send");
  await expect.poll(() => page.textContent("#answer")).toContain("You asked");
  await page.click("#stop");
  await expect.poll(() => page.textContent("#status")).toBe("Stopped.");
  await ask(page, "And on");
  expect(await page.textContent("#status")).toBe("Done.");
});

it("makes one vend call for two tabs", async () => {
  const [first, second] = [await signedIn("bob"), await signedIn("bob")];
  const before = example.aws.calls({ operation: "AssumeRole" }).length;
  await Promise.all([ask(first, "one"), ask(second, "two")]);
  expect(vends).toBe(1);
  expect(example.aws.calls({ operation: "AssumeRole" }).length - before).toBe(1);
  expect(await second.textContent("#key")).toBe(await first.textContent("#key"));
});

it("tells the user to sign in again when the grant is refused", async () => {
  const page = await signedIn("dave");
  await page.route("**/v1/vend/chat", (route) =>
    route.fulfill({
      status: 401,
      json: { error: "TOKEN_REJECTED" },
      headers: { "access-control-allow-origin": example.page },
    }),
  );
  await ask(page, "anything");
  expect(await page.textContent("#status")).toBe("The broker gives no credentials any more. Sign in again.");
});

describe("what is vended", () => {
  it("invokes this endpoint in this way, and nothing else: AWS enforces the session policy", async () => {
    const page = await signedIn("grace");
    await ask(page, "hello");
    await expect.poll(() => vended.length).toBe(1);
    const [credentials] = vended;
    const { aws } = example;
    const status = async (path: string, url = aws.url.runtime, service = "sagemaker", body = "{}"): Promise<number> => {
      const signer = createSigner({
        region: aws.region,
        service,
        credentials: credentials as Vended,
        clock: aws.clock,
      });
      const signed = await signer.sign({
        method: "POST",
        url: `${url}${path}`,
        headers: { "content-type": service === "sts" ? "application/x-www-form-urlencoded" : "application/json" },
        body,
      });
      const { Agent, request } = await import("node:https");
      return new Promise((resolve, reject) => {
        const sending = request(
          signed.url,
          { method: "POST", headers: signed.headers, agent: new Agent({ ca: aws.ca }) },
          (answer) => {
            answer.resume();
            resolve(answer.statusCode ?? 0);
          },
        );
        sending.on("error", reject);
        sending.end(body);
      });
    };
    expect(await status("/endpoints/llm/invocations-response-stream")).toBe(200);
    expect(await status("/endpoints/llm/invocations")).toBe(403);
    expect(await status("/endpoints/other/invocations-response-stream")).toBe(403);
    expect(
      await status(
        "/",
        aws.url.sts,
        "sts",
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/chat&RoleSessionName=other",
      ),
    ).toBe(403);
  });

  it("is in no storage, address, cookie, log or document", async () => {
    const page = await signedIn("heidi");
    await ask(page, "hello");
    await expect.poll(() => vended.length).toBe(1);
    const [credentials] = vended;
    const places = await page.evaluate<string>(`(async () => JSON.stringify([
      { ...localStorage }, { ...sessionStorage }, document.cookie, location.href, document.documentElement.outerHTML,
      await indexedDB.databases(), await caches.keys(), performance.getEntries().map(({ name }) => name),
      (await navigator.serviceWorker.getRegistrations()).length,
    ]))()`);
    const cookies = JSON.stringify(await context.cookies());
    for (const secret of [credentials?.secretAccessKey ?? "", credentials?.sessionToken ?? ""]) {
      expect(secret).not.toBe("");
      for (const place of [places, cookies, consoleText]) expect(place).not.toContain(secret.slice(0, 24));
    }
    expect(places).not.toMatch(/eyJ[\w-]{20}/);
    expect(await page.evaluate("Object.keys(sessionStorage).length + Object.keys(localStorage).length")).toBe(0);
  });
});

it("works under a policy without unsafe-inline and unsafe-eval, and violates no directive", async () => {
  const violations: string[] = [];
  const page = await context.newPage();
  await page.exposeFunction("violated", (text: string) => violations.push(text));
  await page.addInitScript(
    `addEventListener("securitypolicyviolation", (event) => violated(event.violatedDirective + " " + event.blockedURI))`,
  );
  const response = await page.goto(example.page);
  const policy = response?.headers()["content-security-policy"] ?? "";
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toContain("unsafe");
  await page.click("#sign-in");
  await page.waitForSelector("#name, #send:not([disabled])");
  if ((await page.locator("#name").count()) > 0) {
    await page.fill("#name", "ivan");
    await page.click("button[type=submit]");
  }
  await page.waitForSelector("#send:not([disabled])");
  await ask(page, "hello");
  expect(await page.textContent("#status")).toBe("Done.");
  expect(violations).toEqual([]);
});

describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
  it("has nothing that axe finds, and is worked with the keyboard", async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    const screenshots = process.env["COUNTERSIGN_SCREENSHOTS"];
    const examine = async (page: Page, name: string): Promise<void> => {
      await page.evaluate(axe);
      const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
        "axe.run()",
      );
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
      if (screenshots !== undefined)
        await page.screenshot({ path: `${screenshots}/example-${name}-${colorScheme}.png`, fullPage: true });
    };
    const page = await context.newPage();
    await page.emulateMedia({ colorScheme });
    await page.goto(example.page);
    await page.waitForSelector("#sign-in:not([hidden])");
    await examine(page, "start");
    await page.focus("#sign-in");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#name");
    await examine(page, "sign-in");
    await page.keyboard.type("judy");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#send:not([disabled])");
    await page.keyboard.type("What does this page hold?");
    await page.keyboard.press("Control+Enter");
    await expect.poll(() => page.textContent("#status"), { timeout: 20_000 }).toBe("Done.");
    await examine(page, "answer");
  });
});

it("renews before the credentials end, without the user noticing", async () => {
  // Eleven minutes pass on both sides: in the page, and where the credentials are issued.
  const clock = await restartWithManualClock();
  const page = await context.newPage();
  await page.clock.install({ time: clock.now() });
  await page.goto(example.page);
  await page.click("#sign-in");
  await page.fill("#name", "carol");
  await page.click("button[type=submit]");
  await page.waitForSelector("#send:not([disabled])");
  await ask(page, "first");
  const first = await page.textContent("#key");
  await clock.advance(11 * 60_000);
  await page.clock.fastForward(11 * 60_000);
  await ask(page, "second");
  await expect.poll(() => vends).toBe(2);
  // The broker answers at once with the credentials that it has, and renews them in the background.
  await clock.advance(60_000);
  await page.clock.fastForward(60_000);
  await ask(page, "third");
  await expect.poll(() => vends).toBe(3);
  await ask(page, "fourth");
  expect(await page.textContent("#key")).not.toBe(first);
  expect(await page.textContent("#renewals")).toBe("1 ×");
});

it("holds credentials no more that were revoked", async () => {
  const clock = await restartWithManualClock();
  const page = await signedIn("erin");
  await ask(page, "before");
  example.aws.revoke({ roleArn: "arn:aws:iam::123456789012:role/chat" });
  await ask(page, "after");
  expect(await page.textContent("#status")).toBe("These credentials may not do that.");
  // What is issued after the revocation works again.
  await clock.advance(1_000);
  await example.broker.revoke({ roleArn: "arn:aws:iam::123456789012:role/chat" });
  await context.clearCookies();
  await page.close();
  const next = await signedIn("frank");
  await ask(next, "new");
  expect(await next.textContent("#status")).toBe("Done.");
});
