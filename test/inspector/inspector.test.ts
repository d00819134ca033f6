import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium } from "../chromium.ts";
import { type InspectorCase, SESSION_TOKEN, inspectorCases } from "./cases.ts";

const dist = fileURLToPath(new URL("../../packages/inspector/dist/", import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const cases = await inspectorCases();
const caseOf = (cause: string): InspectorCase => cases.find((one) => one.cause === cause) as InspectorCase;

let browser: Browser;
let page: Page;
let requested: string[];
let origin: string;

const server = createServer((request, response) => {
  requested.push(request.url ?? "");
  const file = request.url === "/" ? "index.html" : (request.url ?? "").slice(1);
  readFile(path.join(dist, path.normalize(file)))
    .then((content) => response.setHeader("content-type", TYPES[path.extname(file)] ?? "").end(content))
    .catch(() => response.writeHead(404).end());
});

beforeAll(async () => {
  requested = [];
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  server.close();
});
beforeEach(async () => {
  await page?.close();
  page = await browser.newPage();
  await page.goto(origin);
});

async function inspect({ request, answer, printed, secret }: InspectorCase): Promise<void> {
  await page.fill("#request", request);
  await page.fill("#answer", answer);
  if (printed !== undefined) {
    await page.click("summary");
    await page.fill("#printed", printed);
  }
  if (secret !== undefined) await page.fill("#secret", secret);
  await page.click("button[type=submit]");
  await page.waitForSelector("#result:not([hidden])");
}

describe("the cause", () => {
  it("is tried eighteen times", () => {
    expect(new Set(cases.map(({ cause }) => cause)).size).toBe(18);
  });

  it.each(cases.map((one) => [one.cause, one] as const))("%s is named, with what to do", async (cause, one) => {
    await inspect(one);
    expect(await page.getAttribute("[data-cause]", "data-cause")).toBe(cause);
    expect(await page.textContent(".verdict")).toContain("What to do:");
  });
});

it("marks the first byte that differs, on both sides", async () => {
  await inspect(caseOf("header-changed"));
  expect(await page.locator(".stage").first().locator("mark").allTextContents()).toEqual(["∅", "; charset=utf-8"]);
});

it("shows a session token by its length and hash until it is asked for", async () => {
  await inspect(caseOf("header-changed"));
  expect(await page.textContent("#result")).toContain("<session token, 623 chars");
  expect(await page.innerHTML("#result")).not.toContain(SESSION_TOKEN.slice(0, 40));
  await page.check("#reveal");
  await expect.poll(() => page.textContent("#result")).toContain(SESSION_TOKEN);
});

it("tells whether a signature was made with a secret", async () => {
  await inspect({ ...caseOf("header-changed"), secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" });
  expect(await page.getAttribute("[data-secret]", "data-secret")).toBe("true");
  await inspect(caseOf("wrong-secret"));
  expect(await page.getAttribute("[data-secret]", "data-secret")).toBe("false");
});

it("shares a link without token, signature, Authorization and body", async () => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.fill("#request", caseOf("method").request);
  await page.click("#share");
  await expect.poll(() => page.url()).toContain("#request=");
  const link = decodeURIComponent(page.url());
  expect(link).toContain("POST /endpoints/my%20endpoint/invocations?b=2&a=1");
  expect(link).not.toMatch(/authorization|Signature|security-token|inputs/i);
  const opened = await browser.newPage();
  await opened.goto(page.url());
  expect(await opened.inputValue("#request")).toContain("x-amzn-sagemaker-target-variant: blue");
  await opened.close();
});

it("says what it can read when it is given something else, and runs nothing of it", async () => {
  await page.fill("#request", `<img src=x onerror="document.title='owned'">`);
  await page.click("button[type=submit]");
  expect(await page.textContent("#status")).toContain("curl command");
  const injected = caseOf("header-changed");
  await inspect({ ...injected, answer: injected.answer.replace("charset", "<img src=x onerror=document.title=1>") });
  expect(await page.locator("#result img").count()).toBe(0);
  expect(await page.title()).toBe("Countersign inspector");
});

it("is worked with the keyboard alone", async () => {
  await page.focus("#request");
  await page.keyboard.insertText(caseOf("method").request);
  await page.keyboard.press("Tab");
  await page.keyboard.insertText(caseOf("method").answer);
  await page.keyboard.press("Control+Enter");
  await page.waitForSelector("[data-cause=method]");
  expect(await page.evaluate("document.activeElement.id")).toBe("result");
});

it("may connect to nothing", async () => {
  const blocked = await page.evaluate(`Promise.all([
    fetch("/leak").then(() => "sent", () => "blocked"),
    new Promise((resolve) => { const image = new Image(); image.onload = image.onerror = () => resolve(image.complete ? "blocked" : "sent"); image.src = "http://127.0.0.2:9/leak"; }),
    Promise.resolve(navigator.sendBeacon("/leak") ? "queued" : "blocked"),
  ])`);
  expect((blocked as string[])[0]).toBe("blocked");
  expect(requested.filter((url) => url.includes("leak"))).toEqual([]);
});

describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
  it("has nothing that axe finds, empty, in error and with a result", async () => {
    await page.emulateMedia({ colorScheme });
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    await page.evaluate(axe);
    const violations = async (): Promise<string[]> => {
      const result = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>("axe.run()");
      return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    };
    expect(await violations()).toEqual([]);
    await page.fill("#request", "junk");
    await page.click("button[type=submit]");
    expect(await violations()).toEqual([]);
    await inspect(caseOf("header-changed"));
    expect(await violations()).toEqual([]);
    if (process.env["COUNTERSIGN_SCREENSHOTS"] !== undefined) {
      await page.screenshot({
        path: `${process.env["COUNTERSIGN_SCREENSHOTS"]}/inspector-${colorScheme}.png`,
        fullPage: true,
      });
    }
  });
});
