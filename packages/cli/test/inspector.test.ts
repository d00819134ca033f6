import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Inspector, startInspector } from "../src/inspector.ts";

let inspector: Inspector;
beforeAll(async () => {
  inspector = await startInspector();
});
afterAll(() => inspector.close());

describe("the served inspector", () => {
  it("is the page, which may connect to nothing", async () => {
    const page = await fetch(inspector.url);
    expect(page.headers.get("content-security-policy")).toContain("connect-src 'none'");
    const html = await page.text();
    expect(html).toContain("Countersign inspector");
    const files = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, file]) => inspector.url + file);
    const statuses = await Promise.all(files.map(async (file) => (await fetch(file)).status));
    expect(statuses).toEqual([200, 200, 200]);
  });

  it.each(["..%2f..%2fpackage.json", "%2e%2e/package.json", "assets/../../main.js", "/etc/passwd", "assets/none.js"])(
    "gives out no other file: %s",
    async (path) => {
      expect((await fetch(inspector.url + path)).status).toBe(404);
    },
  );
});
