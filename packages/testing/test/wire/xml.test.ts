import { describe, expect, it } from "vitest";
import { xmlMembers } from "../../src/wire/xml.ts";

describe("xmlMembers", () => {
  it("writes members, lists and dates, leaves out what is absent, and escapes", () => {
    expect(
      xmlMembers({
        Text: `<a href="x">&</a>`,
        At: new Date("2026-01-01T00:00:00.999Z"),
        None: undefined,
        List: [{ Key: 1 }, { Key: true }],
      }),
    ).toBe(
      "<Text>&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;</Text><At>2026-01-01T00:00:00Z</At><List><member><Key>1</Key></member><member><Key>true</Key></member></List>",
    );
  });

  it("calls entries item where EC2 does", () => {
    expect(xmlMembers({ set: ["a"] }, "item")).toBe("<set><item>a</item></set>");
  });
});
