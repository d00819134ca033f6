import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { defaultChain, settingsOf } from "@countersign/broker";
import { afterAll, expect, it } from "vitest";
import { recordingTransport, stsAnswer } from "../../packages/broker/test/sources/fixture.ts";

const script = fileURLToPath(new URL("resolve_with_botocore.py", import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "countersign-oracle-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a profile leads to: the kind of its source, its key where the source has one, its Region and flag. */
interface Outcome {
  readonly kind: string;
  readonly key?: string | null;
  readonly region?: string | null;
  readonly fips?: boolean;
  readonly error?: string;
}

/** Where we differ on purpose. Each entry must occur: one that does not is out of date. */
const KNOWN: readonly { readonly why: string; readonly mine: RegExp }[] = [
  {
    why: "botocore ignores a secret without its access key id, and takes another source for a profile that is named",
    mine: /aws_secret_access_key needs aws_access_key_id beside it/u,
  },
];

const FOLDERS = 400;
const START = "https://d-0000000000.awsapps.com/start";

/** A generator of numbers in [0, 1) that is the same in each run (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Writes one home folder whose files are put together at random from what people write. */
function writeHome(index: number): string {
  const draw = random(index + 1);
  const chance = (share: number): boolean => draw() < share;
  const one = <T>(choices: readonly T[]): T => choices[Math.floor(draw() * choices.length)] as T;
  const home = path.join(folder, String(index));
  mkdirSync(path.join(home, ".aws/sso/cache"), { recursive: true });
  const answer = path.join(home, "answer.json");
  writeFileSync(answer, JSON.stringify({ Version: 1, AccessKeyId: "AKIDPROCESS", SecretAccessKey: "s" }));
  writeFileSync(path.join(home, "token"), "jwt");
  for (const name of ["corp", START]) {
    const file = path.join(home, ".aws/sso/cache", `${createHash("sha1").update(name).digest("hex")}.json`);
    writeFileSync(file, JSON.stringify({ accessToken: "t", expiresAt: "2099-01-01T00:00:00Z" }));
  }

  const keys = (name: string): string[] => {
    const lines = [`aws_access_key_id = AKID${name}`, `aws_secret_access_key = s`, "aws_session_token = t"];
    return chance(0.8) ? lines.slice(0, chance(0.5) ? 2 : 3) : [one(lines.slice(0, 2))];
  };
  /** A profile of one complete kind, as most people's are. */
  const complete = (name: string): readonly string[] => {
    const role = `role_arn = arn:aws:iam::111122223333:role/${name}`;
    const account = ["sso_account_id = 111122223333", "sso_role_name = Engineer"];
    return one([
      [`credential_process = cat "${answer}"`],
      ["sso_session = corp", ...account],
      [`sso_start_url = ${START}`, "sso_region = us-west-2", ...account],
      [role, `web_identity_token_file = ${path.join(home, "token")}`],
      [role, `source_profile = ${one(["B", "C"])}`],
      [`aws_access_key_id = AKID${name}`, "aws_secret_access_key = s"],
      [],
    ]);
  };
  const settings = (name: string): string[] =>
    chance(0.4) ? [...complete(name), ...(chance(0.5) ? ["region = eu-central-1"] : [])] : mixed(name);
  const mixed = (name: string): string[] => [
    ...(chance(0.25) ? keys(`CONFIG${name}`) : []),
    ...(chance(0.45) ? [`role_arn = arn:aws:iam::111122223333:role/${name}`] : []),
    ...(chance(0.35) ? [`source_profile = ${one(["A", "B", "C", "D"])}`] : []),
    ...(chance(0.1) ? ["credential_source = Environment"] : []),
    ...(chance(0.15) ? [`web_identity_token_file = ${path.join(home, "token")}`] : []),
    ...(chance(0.15) ? ["sso_account_id = 111122223333"] : []),
    ...(chance(0.15) ? ["sso_role_name = Engineer"] : []),
    ...(chance(0.15) ? ["sso_session = corp"] : []),
    ...(chance(0.15) ? [`sso_start_url = ${START}`, "sso_region = us-west-2"] : []),
    ...(chance(0.15) ? [`credential_process = ${one([`cat "${answer}"`, 'sh -c "exit 3"', "no-such-program"])}`] : []),
    ...(chance(0.5) ? [`region = ${one(["eu-central-1", "us-east-1"])}`] : []),
    ...(chance(0.2) ? [`use_fips_endpoint = ${one(["true", "false", "True"])}`] : []),
    ...(chance(0.2) ? ["s3 =", "    addressing_style = path", "", "    max_concurrent_requests = 20"] : []),
    ...(chance(0.02) ? ["a line without a setting"] : []),
    ...(chance(0.02) ? ["region = a", "region = b"] : []),
  ];
  const style = (line: string): string => {
    if (line.startsWith(" ")) return line;
    const drawn = draw();
    if (drawn < 0.1) return line.replace(" = ", "=");
    if (drawn < 0.15) return line.replace(" = ", " : ");
    if (drawn < 0.2) return line.replace(/^[a-z_]+/u, (name) => name.toUpperCase());
    if (drawn < 0.3) return `${one(["# a comment", "; another", ""])}\n${line}`;
    return line;
  };
  const end = chance(0.2) ? "\r\n" : "\n";
  const write = (file: string, sections: readonly (readonly [string, readonly string[]])[]): void => {
    const lines = sections.flatMap(([title, body]) => [`[${title}]`, ...body.map(style), ...(chance(0.5) ? [""] : [])]);
    writeFileSync(path.join(home, ".aws", file), lines.join("\n").replaceAll("\n", end) + end);
  };
  const names = ["A", "B", "C"].filter((name) => name === "A" || chance(0.8));
  write("config", [
    ["sso-session corp", [`sso_start_url = ${START}`, "sso_region = us-west-2"]],
    ...names.map((name) => [one([`profile ${name}`, `profile "${name}"`]), settings(name)] as const),
  ]);
  if (chance(0.7))
    write(
      "credentials",
      names.filter(() => chance(0.4)).map((name) => [name, keys(`FILE${name}`)] as const),
    );
  return home;
}

async function ours(home: string): Promise<Outcome> {
  const env = { HOME: home, PATH: process.env["PATH"], AWS_EC2_METADATA_DISABLED: "true" };
  const { transport, asked } = recordingTransport(({ url, body }) => {
    if (url.includes("portal.sso")) {
      const roleCredentials = {
        accessKeyId: "A",
        secretAccessKey: "s",
        sessionToken: "t",
        expiration: 4_070_908_800_000,
      };
      return { body: JSON.stringify({ roleCredentials }) };
    }
    return stsAnswer(body.includes("WithWebIdentity") ? "AssumeRoleWithWebIdentity" : "AssumeRole");
  });
  try {
    const settings = settingsOf({ profile: "A", env });
    const common = { region: settings.region?.value ?? null, fips: settings.fips?.value.toLowerCase() === "true" };
    try {
      const { accessKeyId } = await defaultChain({ profile: "A", transport, region: "eu-west-1", env })();
      const last = asked.at(-1);
      if (last === undefined) {
        return { kind: accessKeyId === "AKIDPROCESS" ? "process" : "keys", key: accessKeyId, ...common };
      }
      const kind = last.url.includes("portal.sso") ? "sso" : last.body.includes("WithWebIdentity") ? "web" : "role";
      return { kind, key: null, ...common };
    } catch (error) {
      if ((error as { code?: unknown }).code === "SOURCE_ABSENT") return { kind: "absent", ...common };
      throw error;
    }
  } catch (error) {
    return { kind: "error", error: `${(error as { code?: string }).code}: ${(error as Error).message}` };
  }
}

const hasBotocore = spawnSync("python3", ["-c", "import botocore.session"]).status === 0;
if (!hasBotocore) console.warn("python3 has no botocore: the comparison of sources with botocore is SKIPPED.");

it.runIf(hasBotocore)(
  `takes the source, Region and flag of botocore in ${FOLDERS} generated folders`,
  { timeout: 240_000 },
  async () => {
    const homes = Array.from({ length: FOLDERS }, (_, index) => writeHome(index));
    const input = JSON.stringify(homes.map((home) => ({ home, profile: "A" })));
    const theirs = JSON.parse(
      execFileSync("python3", [script], { input, encoding: "utf8", maxBuffer: 1 << 26 }),
    ) as Outcome[];
    const kinds = new Map<string, number>();
    const differences: unknown[] = [];
    const explained = new Set<string>();
    for (const [index, home] of homes.entries()) {
      const mine = await ours(home);
      const other = theirs[index];
      kinds.set(mine.kind, (kinds.get(mine.kind) ?? 0) + 1);
      const same =
        mine.kind === other?.kind &&
        (mine.key ?? null) === (other.key ?? null) &&
        (mine.kind === "error" || (mine.region === other.region && mine.fips === other.fips));
      if (same) continue;
      const known = KNOWN.find(({ mine: error }) => error.test(mine.error ?? ""));
      if (known === undefined) differences.push({ index, mine, other });
      else explained.add(known.why);
    }
    expect(differences).toEqual([]);
    expect([...explained]).toEqual(KNOWN.map(({ why }) => why));
    // Each kind occurs, so that agreement means something.
    const rare = ["keys", "process", "role", "web", "sso", "absent", "error"].filter(
      (kind) => (kinds.get(kind) ?? 0) < 4,
    );
    expect({ rare, kinds: Object.fromEntries(kinds) }).toMatchObject({ rare: [] });
  },
);
