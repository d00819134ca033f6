import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readdir, rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { createClock } from "@countersign/signer";
import { createManualClock, type ManualClock, startAws } from "@countersign/testing";
import { createTransport } from "@countersign/transport";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cliCacheKey } from "../../src/store/cli-cache-key.ts";
import { createBroker } from "../../src/broker/create-broker.ts";
import { replaceTokenFile } from "../../src/sources/token-file.ts";
import { fileStore } from "../../src/store/file-store.ts";
import type { Broker, RevokeFilter } from "../../src/model/broker.ts";
import type { Role } from "../../src/model/role.ts";
import { answer, down, type Harness, harness, START } from "../harness.ts";

const DEV = "arn:aws:iam::111122223333:role/Dev";
const run = promisify(execFile);

const SLOT = { key: "k", canon: "c", subjects: [], operation: "AssumeRole", input: { RoleArn: DEV } } as const;
const SESSION = {
  credentials: {
    accessKeyId: "ASIAEXAMPLE",
    secretAccessKey: "s",
    sessionToken: "t",
    expiration: new Date(Date.now() + 3_600_000),
  },
  issuedAt: Date.now(),
  epochs: [],
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "countersign-cache-"));
});
afterEach(() => rm(directory, { recursive: true }));

test.each([
  [{ RoleArn: DEV }, "2e4e5ba8d705dd3fb0679e7eb5f0b624fb18a363"],
  [
    {
      RoleArn: DEV,
      DurationSeconds: 3600,
      ExternalId: "x1",
      RoleSessionName: "alice",
      SerialNumber: "arn:aws:iam::1:mfa/a",
    },
    "1fee7c83147f28fc3a0b21b7efd4ee27eba654af",
  ],
  [
    {
      RoleArn: DEV,
      Policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}',
    },
    "0b6335bc58addde7fe45db6930ff410a090c1bad",
  ],
  [{ RoleArn: "arn:aws:iam::111122223333:role/Dév" }, "10fb7701240cf433ca28a28207eca5717dce0cdb"],
  [
    { RoleArn: "arn:aws:iam::111122223333:role/Dev", Tags: [{ Key: "team", Value: "\u{10400}\u00e4" }] },
    "b957b333191967e24d68fb63d89210f7c7efda33",
  ],
])("a file has the name that Python gives it: %#", (parameters, name) => {
  expect(cliCacheKey(parameters)).toBe(name);
});

const file = (): string => join(directory, `${cliCacheKey({ RoleArn: DEV })}.json`);
/** No caller waits until a session is in its file. */
const written = (folder: string, ...names: string[]): Promise<void> =>
  vi.waitFor(
    async () => {
      const found = await readdir(folder);
      expect(found).toEqual(names.length === 0 ? [expect.stringMatching(/\.json$/u)] : names);
    },
    { timeout: 20_000 },
  );
const cached = (expiration: string): string =>
  JSON.stringify({
    Credentials: { AccessKeyId: "ASIACACHED", SecretAccessKey: "s", SessionToken: "t", Expiration: expiration },
    AssumedRoleUser: { AssumedRoleId: "AROA:x", Arn: "arn:aws:sts::111122223333:assumed-role/Dev/botocore-session-1" },
    ResponseMetadata: { HTTPStatusCode: 200 },
  });
const inOneHour = (format: (iso: string) => string): string =>
  format(new Date(Date.now() + 3600_000).toISOString().replace(/\.\d+Z$/u, "Z"));

/** A broker on real time, since the files are dated by it. */
const brokerOn = (mode?: "read" | "read-write") =>
  harness({ store: fileStore({ directory, ...(mode && { mode }) }), clock: createClock() });

test.each([
  ["as botocore writes it", (iso: string) => iso.replace("Z", "UTC")],
  ["with Z", (iso: string) => iso],
  ["with an offset", (iso: string) => iso.replace("Z", "+00:00")],
])("what the AWS CLI fetched is used: expiry %s", async (_, format) => {
  await writeFile(file(), cached(inOneHour(format)), { mode: 0o600 });
  const { broker, calls } = brokerOn();
  expect(await broker.role({ roleArn: DEV }).get()).toMatchObject({
    accessKeyId: "ASIACACHED",
    accountId: "111122223333",
  });
  expect(calls).toHaveLength(0);
  await broker.role({ roleArn: DEV, externalId: "x1" }).get();
  expect(calls).toHaveLength(1);
});

test.each([
  ["empty (aws-cli#5528)", ""],
  ["half written", cached(inOneHour((iso) => iso)).slice(0, 80)],
  ["about to expire", cached(new Date(Date.now() + 10 * 60_000).toISOString())],
  ["without an expiry", cached("soon")],
  ["of another kind", '{"Credentials":null}'],
])("a file that is %s is passed over", async (_, content) => {
  await writeFile(file(), content, { mode: 0o600 });
  const { broker, calls } = brokerOn();
  await broker.role({ roleArn: DEV }).get();
  expect(calls).toHaveLength(1);
});

test.each([
  ["every user", 0o602],
  ["a group", 0o620],
])("a file that others may write to is not believed: %s", async (_, mode) => {
  await writeFile(file(), cached(inOneHour((iso) => iso)));
  await chmod(file(), mode);
  const { broker, calls, events } = brokerOn();
  await broker.role({ roleArn: DEV }).get();
  expect(calls).toHaveLength(1);
  expect(events).toContainEqual(expect.objectContaining({ name: "store.alarm", code: "FILE_NOT_PRIVATE" }));
});

test.runIf(process.getuid?.() === 0)("a file of another user is not believed, however private it is", async () => {
  await writeFile(file(), cached(inOneHour((iso) => iso)), { mode: 0o600 });
  await chown(file(), 65_534, 65_534);
  const { broker, calls, events } = brokerOn();
  await broker.role({ roleArn: DEV }).get();
  expect(calls).toHaveLength(1);
  expect(events).toContainEqual(expect.objectContaining({ name: "store.alarm", code: "FILE_NOT_PRIVATE" }));
});

test.each<[string, (home: string) => Promise<string>]>([
  [
    "its folder",
    async (home) => {
      await mkdir(join(home, "cache"));
      await chmod(join(home, "cache"), 0o777);
      return join(home, "cache");
    },
  ],
  [
    "the folder above",
    async (home) => {
      await mkdir(join(home, "open", "cache"), { recursive: true });
      await chmod(join(home, "open"), 0o777);
      return join(home, "open", "cache");
    },
  ],
  [
    "a folder that a link leads through",
    async (home) => {
      await mkdir(join(home, "open", "cache"), { recursive: true });
      await chmod(join(home, "open"), 0o777);
      await symlink(join("open", "cache"), join(home, "cache"));
      return join(home, "cache");
    },
  ],
])("a file that others may replace is not believed: every user may write to %s", async (_, make) => {
  const folder = await make(directory);
  await writeFile(file(), cached(inOneHour((iso) => iso)), { mode: 0o600 });
  await rename(file(), join(folder, `${cliCacheKey({ RoleArn: DEV })}.json`));
  const { broker, calls, events } = harness({ store: fileStore({ directory: folder }), clock: createClock() });
  await broker.role({ roleArn: DEV }).get();
  expect(calls).toHaveLength(1);
  expect(events).toContainEqual(expect.objectContaining({ name: "store.alarm", code: "FILE_NOT_PRIVATE" }));
});

test.each([
  ["another role", { RoleArn: DEV }, "assumed-role/Admin/botocore-session-1"],
  ["a role in a path of that name", { RoleArn: DEV }, "assumed-role/Dev/Admin/botocore-session-1"],
  ["another session than asked for", { RoleArn: DEV, RoleSessionName: "alice" }, "assumed-role/Dev/mallory"],
])("a file for %s is not believed", async (_, input, arn) => {
  const content = cached(inOneHour((iso) => iso)).replace("assumed-role/Dev/botocore-session-1", arn);
  await writeFile(join(directory, `${cliCacheKey(input)}.json`), content, { mode: 0o600 });
  const store = fileStore({ directory });
  const slot = { key: "k", canon: "c", subjects: [], operation: "AssumeRole", input };
  expect(await store.read(slot)).toEqual({ revocations: [], alarm: "RECORD_FOREIGN" });
});

test("a file that cannot be put in its place leaves nothing behind", async () => {
  await mkdir(file());
  const store = fileStore({ directory, mode: "read-write" });
  const slot = { key: "k", canon: "c", subjects: [], operation: "AssumeRole", input: { RoleArn: DEV } };
  const credentials = { accessKeyId: "A", secretAccessKey: "s", sessionToken: "t", expiration: new Date() };
  await expect(store.write(slot, { credentials, issuedAt: 0, epochs: [] })).rejects.toMatchObject({ code: "EISDIR" });
  replaceTokenFile(file(), { accessToken: "t" });
  expect(await readdir(directory)).toEqual([`${cliCacheKey({ RoleArn: DEV })}.json`]);
});

test.each(["a session", "a token"])(
  "what a writer of %s left that was killed is removed by the next one",
  async (what) => {
    const file = join(directory, `${cliCacheKey(SLOT.input)}.json`);
    const write = async () =>
      what === "a token"
        ? replaceTokenFile(file, {})
        : fileStore({ directory, mode: "read-write" }).write(SLOT, SESSION);
    await writeFile(file, "{}");
    const left = async (name: string, agoS: number) => {
      await writeFile(join(directory, name), "secret");
      await utimes(join(directory, name), Date.now() / 1000 - agoS, Date.now() / 1000 - agoS);
      return name;
    };
    const id = "01234567-89ab-cdef-0123-456789abcdef";
    // Names are read in their order.
    const folder = `${basename(file)}.${"0".repeat(8)}${id.slice(8)}`;
    await mkdir(join(directory, folder));
    await utimes(join(directory, folder), 0, 0);
    await left(`${basename(file)}.${id}`, 61);
    const others = await Promise.all([
      left(`${basename(file)}.${id.replace("0", "f")}`, 1),
      left(`${basename(file)}.bak`, 3600),
      left(`other.json.${id}`, 3600),
    ]);
    await write();
    expect((await readdir(directory)).toSorted()).toEqual([basename(file), folder, ...others].toSorted());
  },
);

test("a named pipe blocks no caller, and nothing is read without end", async () => {
  await run("mkfifo", ["-m", "600", file()]);
  const store = fileStore({ directory });
  const slot = { key: "k", canon: "c", subjects: [], operation: "AssumeRole", input: { RoleArn: DEV } };
  expect(await store.read(slot)).toEqual({ revocations: [], alarm: "FILE_NOT_PRIVATE" });
  await rm(file());
  await writeFile(file(), cached(inOneHour((iso) => iso)) + " ".repeat(65_536), { mode: 0o600 });
  expect(await store.read(slot)).toEqual({ revocations: [], alarm: "FILE_NOT_PRIVATE" });
});

test("a file from a time that has not come is passed over: the clock was set back, and its session may have ended", async () => {
  await writeFile(file(), cached(inOneHour((iso) => iso)), { mode: 0o600 });
  const writtenIn = async (seconds: number): Promise<string> => {
    await utimes(file(), Date.now() / 1000 + seconds, Date.now() / 1000 + seconds);
    return (await brokerOn().broker.role({ roleArn: DEV }).get()).accessKeyId;
  };
  expect(await writtenIn(3600)).not.toBe("ASIACACHED");
  expect(await writtenIn(130)).not.toBe("ASIACACHED");
  // The server of a folder may be ahead by less.
  expect(await writtenIn(60)).toBe("ASIACACHED");
  expect(await writtenIn(-3600)).toBe("ASIACACHED");
});

test("a file for another account is not believed", async () => {
  await writeFile(file(), cached(inOneHour((iso) => iso)).replace("sts::111122223333", "sts::999999999999"), {
    mode: 0o600,
  });
  const { broker, calls, events } = brokerOn();
  await broker.role({ roleArn: DEV }).get();
  expect(calls).toHaveLength(1);
  expect(events).toContainEqual(expect.objectContaining({ name: "store.alarm", code: "RECORD_FOREIGN" }));
});

test("nothing is written unless asked for, then for the owner alone", async () => {
  await brokerOn().broker.role({ roleArn: DEV }).get();
  expect(await readdir(directory)).toEqual([]);
  await brokerOn("read-write").broker.role({ roleArn: DEV }).get();
  await written(directory, `${cliCacheKey({ RoleArn: DEV })}.json`);
  expect((await stat(file())).mode & 0o777).toBe(0o600);
});

test("the AWS CLI uses what we fetched, and we use what the AWS CLI fetched", async () => {
  await using aws = await startAws({ clock: createClock() });
  const home = await mkdtemp(join(tmpdir(), "countersign-home-"));
  await using transport = createTransport({ ca: aws.ca });
  await using broker = createBroker({
    region: aws.region,
    credentials: aws.user,
    endpoint: { url: aws.url.sts },
    transport,
    store: fileStore({ directory: join(home, ".aws", "cli", "cache"), mode: "read-write" }),
  });
  const assumed = (): number => aws.calls({ operation: "AssumeRole", status: 200 }).length;
  const whoAmI = async (profile: string): Promise<string> => {
    const { stdout } = await run("aws", ["sts", "get-caller-identity", "--profile", profile, "--output", "json"], {
      env: {
        PATH: process.env["PATH"],
        HOME: home,
        AWS_CONFIG_FILE: join(home, "config"),
        AWS_CA_BUNDLE: join(home, "ca.pem"),
        AWS_ENDPOINT_URL_STS: aws.url.sts,
        AWS_DEFAULT_REGION: aws.region,
      },
    });
    return (JSON.parse(stdout) as { Arn: string }).Arn;
  };
  try {
    const [ours, theirs] = [aws.role("Ours").arn, aws.role("Theirs").arn];
    await writeFile(join(home, "ca.pem"), aws.ca);
    await writeFile(
      join(home, "config"),
      [
        "[profile base]",
        `aws_access_key_id = ${aws.user.accessKeyId}`,
        `aws_secret_access_key = ${aws.user.secretAccessKey}`,
        `[profile ours]\nrole_arn = ${ours}\nsource_profile = base`,
        `[profile theirs]\nrole_arn = ${theirs}\nsource_profile = base`,
      ].join("\n"),
    );
    await broker.role({ roleArn: ours }).get();
    await written(join(home, ".aws", "cli", "cache"));
    expect(await whoAmI("ours")).toMatch(/assumed-role\/Ours\/countersign$/u);
    expect(assumed()).toBe(1);
    const arn = await whoAmI("theirs");
    expect(assumed()).toBe(2);
    const { accessKeyId } = await broker.role({ roleArn: theirs }).get();
    expect(assumed()).toBe(2);
    expect(arn).toContain("assumed-role/Theirs/");
    expect(aws.calls({ operation: "GetCallerIdentity", accessKeyId })).toHaveLength(1);
  } finally {
    await rm(home, { recursive: true });
  }
});

/** A process whose sessions go into files, on a clock that stands until a test moves it. */
function processOn(clock: ManualClock, seconds?: () => number): Harness {
  const started = harness({ clock, store: fileStore({ directory, mode: "read-write" }) });
  const shift = clock.now() - clock.monotonic() - START;
  const later = (time: Date | undefined): Date => new Date((time?.getTime() ?? Number.NaN) + shift);
  started.sts = ({ input }) => {
    const { Credentials, date, ...rest } = answer(input, (issued += 1), clock, seconds?.());
    const asked = { ...Credentials, Expiration: later(Credentials?.Expiration) };
    return { ...rest, SourceIdentity: input["SourceIdentity"] as string, date: later(date), Credentials: asked };
  };
  return started;
}
let issued = 0;

const PARENT = "arn:aws:iam::111122223333:role/Parent";
const MFA = { serialNumber: "arn:aws:iam::111122223333:mfa/a", code: async () => "123456" };

test.each<[string, (broker: Broker, name: string) => Role]>([
  ["two tenants", (broker, tenant) => broker.role({ roleArn: DEV, tenant })],
  [
    "roles that inherit a tag",
    (broker, tenant) => {
      const via = broker.role({ roleArn: PARENT, tags: { tenant }, transitiveTagKeys: ["tenant"] });
      return broker.role({ roleArn: DEV, via });
    },
  ],
  [
    "roles that inherit a source identity",
    (broker, sourceIdentity) => broker.role({ roleArn: DEV, via: broker.role({ roleArn: PARENT, sourceIdentity }) }),
  ],
  [
    "roles by way of two users' tokens",
    (broker, subject) =>
      broker.role({ roleArn: DEV, via: broker.webIdentity({ roleArn: PARENT, subject, token: () => subject }) }),
  ],
  [
    "roles with and without a one-time code",
    (broker, name) =>
      broker.role({ roleArn: DEV, ...(name === "alice" && { via: broker.sessionToken({ mfa: MFA }) }) }),
  ],
])("kind: a cache key holds the principal: %s share no file", async (_, roleOf) => {
  const clock = createManualClock(Date.now());
  const keyOf = async (name: string): Promise<string> =>
    (await roleOf(processOn(clock).broker, name).get()).accessKeyId;
  const [alice, bob] = [await keyOf("alice"), await keyOf("bobby")];
  expect(bob).not.toBe(alice);
  expect([await keyOf("alice"), await keyOf("bobby")]).toEqual([alice, bob]);
});

test("a chained session of a nameless source stays in the process, since its principal is unknown", async () => {
  const credentials = async () => ({ accessKeyId: "AKIA", secretAccessKey: "s" });
  const { broker, events } = harness({ credentials, store: fileStore({ directory, mode: "read-write" }) });
  await broker.role({ roleArn: DEV, via: broker.role({ roleArn: PARENT }) }).get();
  expect(await readdir(directory)).toEqual([`${cliCacheKey({ RoleArn: PARENT })}.json`]);
  expect(events).toContainEqual(expect.objectContaining({ name: "store.alarm", code: "SOURCE_UNNAMED" }));
});

test.each<[string, RevokeFilter]>([
  ["everything", {}],
  ["its role", { roleArn: DEV }],
  ["its tenant", { tenant: "acme" }],
])("a process that starts after %s was revoked finds no session from before", async (_, filter) => {
  const clock = createManualClock(Date.now());
  const spec = { roleArn: DEV, tenant: "acme" };
  const { accessKeyId } = await processOn(clock).broker.role(spec).get();
  // It has not read the file itself.
  await processOn(clock).broker.revoke(filter);
  expect((await processOn(clock).broker.role(spec).get()).accessKeyId).not.toBe(accessKeyId);
});

test("a revocation leaves sessions of the AWS CLI, other files, and the files of a store that only reads", async () => {
  const clock = createManualClock(Date.now());
  await writeFile(file(), cached(inOneHour((iso) => iso)), { mode: 0o600 });
  await writeFile(join(directory, `${"0".repeat(40)}.json`), "{}", { mode: 0o600 });
  await symlink(file(), join(directory, `${"1".repeat(40)}.json`));
  const ofSso = {
    ProviderType: "sso",
    Credentials: { AccessKeyId: "ASIASSO", SecretAccessKey: "s", SessionToken: "t" },
  };
  await writeFile(join(directory, `${"2".repeat(40)}.json`), JSON.stringify(ofSso), { mode: 0o600 });
  await processOn(clock).broker.role({ roleArn: DEV, tenant: "acme" }).get();
  const all = await readdir(directory);
  await brokerOn("read").broker.revoke({});
  expect(await readdir(directory)).toEqual(all);
  await brokerOn("read-write").broker.revoke({});
  expect(all).toHaveLength(5);
  const others = ["0", "1", "2"].map((digit) => `${digit.repeat(40)}.json`);
  expect((await readdir(directory)).toSorted()).toEqual([basename(file()), ...others].toSorted());
});

test("a revocation removes files of any number at once, within the time of one operation", async () => {
  const clock = createManualClock(Date.now());
  const { broker } = processOn(clock);
  await Promise.all(Array.from({ length: 20 }, (_, one) => broker.role({ roleArn: DEV, tenant: `t${one}` }).get()));
  const names = (await readdir(directory)).filter((name) => name.endsWith(".json"));
  expect(names).toHaveLength(20);
  const store = fileStore({ directory, mode: "read-write" });
  // At its first pause it has removed them all.
  void store.revoke?.({ subject: "s", epoch: 1, issuedBefore: 0 }, "new");
  expect(readdirSync(directory)).toEqual([]);
});

test("a revocation whose files cannot be removed says to revoke again, since nothing else does", async () => {
  const notAFolder = join(directory, "file");
  await writeFile(notAFolder, "");
  const { broker } = harness({ store: fileStore({ directory: notAFolder, mode: "read-write" }) });
  await expect(broker.revoke({})).rejects.toMatchObject({
    code: "STORE_UNAVAILABLE",
    message: "revoke: enforced in this process, and nowhere else; call it again when the store works",
  });
});

// Only root can give a file away.
test.runIf(process.getuid?.() === 0)(
  "a revocation leaves the files of another user, and removes those beside it",
  async () => {
    const store = fileStore({ directory, mode: "read-write" });
    await store.write(SLOT, SESSION);
    const theirs = join(directory, `${"0".repeat(40)}.json`);
    await rename(file(), theirs);
    await chown(theirs, 65_534, 65_534);
    await store.write(SLOT, SESSION);
    await store.revoke?.({ subject: "s", epoch: 1, issuedBefore: 0 }, "new");
    expect(await readdir(directory)).toEqual([basename(theirs)]);
  },
);

test("a session that STS shortens replaces no longer one: a process that starts finds that one", async () => {
  const clock = createManualClock(Date.now());
  let seconds = 3600;
  const first = processOn(clock, () => seconds);
  const { accessKeyId } = await first.broker.role({ roleArn: DEV }).get();
  await clock.advance(60_000);
  seconds = 20;
  await first.broker.role({ roleArn: DEV }).get({ forceRefresh: true });
  expect(first.calls).toHaveLength(2);
  const second = processOn(clock);
  second.sts = down;
  expect(await second.broker.role({ roleArn: DEV }).get()).toMatchObject({ accessKeyId });
});
