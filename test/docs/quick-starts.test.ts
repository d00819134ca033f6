import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Block, blocksOf } from "./blocks.ts";
import { createReader, type Reader } from "./reader.ts";

const sections = blocksOf("docs/quick-starts.md");
const of = (title: string, language: string): readonly Block[] =>
  (sections[title] ?? []).filter((block) => block.language === language);

let reader: Reader;
beforeAll(async () => {
  reader = await createReader();
});
afterAll(() => reader[Symbol.asyncDispose]());

/** A port that nothing listens on, for a document that names one. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe("docs/quick-starts.md", { timeout: 120_000 }, () => {
  it("has one for each kind of user", () => {
    expect(Object.keys(sections).filter((title) => title !== "")).toEqual([
      "A Node service",
      "A service on AWS SDK v3",
      "Code built on fetch",
      "A web page",
      "A platform team",
      "A security team",
      "Anyone with a 403",
    ]);
  });

  it.each([
    ["A Node service", ["{ predictions: [ 0.93 ] }", "400 ValidationError"]],
    ["A service on AWS SDK v3", ["[]"]],
    ["Code built on fetch", ["200 { predictions: [ 0.93 ] }", "200 true"]],
  ])("%s", async (title, printed) => {
    const blocks = of(title, "ts");
    expect(blocks).toHaveLength(printed.length);
    for (const [index, { code }] of blocks.entries()) {
      reader.aws.reset();
      const { out, err, code: exit } = await reader.module(code);
      expect({ out: out.trim(), err, exit }).toEqual({ out: printed[index], err: "", exit: 0 });
      expect(reader.aws.calls({ operation: "AssumeRole" })).toHaveLength(code.includes("broker.role") ? 1 : 0);
    }
  });

  it("README.md: its example, which a service keeps open", async () => {
    const [block] = blocksOf("README.md")[""] ?? [];
    reader.aws.reset();
    const ended = await reader.module(`${block?.code}\nawait sagemaker.close();\nawait broker.close();\n`);
    expect(ended).toEqual({ out: "{ predictions: [ 0.93 ] }\n", err: "", code: 0 });
  });

  it("A platform team: the configuration, the daemon, a profile, a container", async () => {
    const port = String(await freePort());
    const local = (text: string): string => text.replaceAll("8081", port);
    for (const { name, code } of sections["A platform team"] ?? []) if (name !== "") reader.write(name, local(code));
    const [serve, profile, container] = of("A platform team", "sh").map(({ code }) => local(code));
    reader.aws.reset();

    const served = await reader.shell(serve ?? "");
    expect(served).toMatchObject({ code: 0, out: expect.stringContaining("broker.json can be served") });
    await expect
      .poll(
        () =>
          fetch(`http://127.0.0.1:${port}/readyz`).then(
            (answer) => answer.text(),
            () => "",
          ),
        { timeout: 30_000 },
      )
      .toBe("ready\n");

    // The profile's own keys must not be shadowed by those of the environment.
    const bare = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
    for (let time = 0; time < 2; time += 1) {
      const who = await reader.shell(`unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY\n${profile}`, bare);
      expect(who).toMatchObject({ code: 0, err: "" });
      expect(JSON.parse(who.out)).toMatchObject({
        Arn: "arn:aws:sts::111122223333:assumed-role/inference/countersign",
      });
    }
    expect(reader.aws.calls({ operation: "AssumeRole" })).toHaveLength(1);

    const who = await reader.shell(`unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY\n${container}`, bare);
    expect(who).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(who.out)).toMatchObject({
      Arn: expect.stringContaining("arn:aws:sts::111122223333:assumed-role/inference/"),
    });
    const status = async (path: string): Promise<number> => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    expect(await Promise.all(["/healthz", "/readyz", "/metrics"].map(status))).toEqual([200, 200, 404]);
    const audit = await reader.shell("cat audit.log");
    expect(audit.out).toContain('"name":"vend.ok"');
    expect(audit.out).not.toContain("hunter2");
  });

  it("A security team: the guard, a file, a policy, the doctor", async () => {
    const [guard] = of("A security team", "ts");
    const { out, err } = await reader.module(guard?.code ?? "");
    expect(err).toBe("");
    expect(out).toContain("notebook-direct-internet /DirectInternetAccess");
    expect(Number(out.trim().split("\n").at(-1))).toBeGreaterThan(100);

    for (const { name, code } of of("A security team", "json")) reader.write(name, code);
    const [check, policy] = of("A security team", "sh").map(({ code }) => code);
    expect(await reader.shell(check ?? "")).toMatchObject({
      code: 1,
      out: expect.stringContaining("network-isolation"),
    });
    const doctor = await reader.shell(policy ?? "");
    expect(doctor).toMatchObject({
      code: 0,
      out: expect.stringContaining("identity  arn:aws:iam::111122223333:user/"),
    });
    expect(JSON.parse((await reader.shell("cat scp.json")).out)).toMatchObject({ Version: "2012-10-17" });
  });

  it("Anyone with a 403: the first byte that differs, and why", async () => {
    const [script] = of("Anyone with a 403", "sh");
    const [shown] = of("Anyone with a 403", "text");
    const { code, out } = await reader.shell(script?.code ?? "");
    expect(code).toBe(1);
    expect(out.endsWith(shown?.code ?? "missing")).toBe(true);
  });
});
