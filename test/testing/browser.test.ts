import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { applySignature, signRequest } from "@countersign/signer";
import { type Aws, startAws } from "@countersign/testing";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let aws: Aws;
let pages: Server;
let origin: string;
let browser: Browser;
beforeAll(async () => {
  pages = createServer((_, response) => response.setHeader("content-type", "text/html").end("<!doctype html>"));
  await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  aws = await startAws({ cors: [origin] });
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
});
afterAll(async () => {
  await browser.close();
  await aws.close();
  await new Promise((resolve) => pages.close(resolve));
});

describe("a page in Chromium", () => {
  it("invokes an endpoint across origins, and reads the answer's headers", async () => {
    const request = {
      method: "POST",
      url: `${aws.url.runtime}/endpoints/e/invocations`,
      headers: { "content-type": "text/plain" },
      body: "from a page",
    };
    const signature = signRequest(request, {
      credentials: aws.role("page").session(),
      region: aws.region,
      service: "sagemaker",
      date: new Date(aws.clock.now()),
    });
    const { url, headers } = applySignature(request, signature);
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    await page.goto(origin);
    const { host: _, ...sent } = headers;
    const answer = await page.evaluate(
      async ([to, init]) => {
        const response = await fetch(to, init);
        return [response.status, await response.text(), response.headers.get("x-amzn-invoked-production-variant")];
      },
      [url, { method: "POST", headers: sent, body: request.body }] as const,
    );
    expect(answer).toEqual([200, "from a page", "AllTraffic"]);
    await context.close();
  });
});
