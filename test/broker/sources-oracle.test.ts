import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { defaultChain, type ProfileSettings, settingsOf } from "@countersign/broker";
import { resolveEndpoint } from "@countersign/signer/endpoints";
import { afterAll, expect, it } from "vitest";
import { recordingTransport, stsAnswer } from "../../packages/broker/test/sources/fixture.ts";

const script = fileURLToPath(new URL("resolve_with_botocore.py", import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "countersign-oracle-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a profile leads to: its source and key, the hosts that are asked, its Region, and the host of a call of SageMaker. */
interface Outcome {
  readonly kind: string;
  readonly key?: string | null;
  readonly hosts?: readonly string[];
  readonly region?: string | null;
  readonly fips?: boolean;
  readonly runtime?: string;
  /** Of an error: `invalid` for files and variables that are wrong, `unavailable` for a source that fails. */
  readonly class?: string;
  readonly error?: string;
}

/** One folder, with the variables that are set beside it. */
interface Case {
  readonly home: string;
  /** Absent: AWS_PROFILE names it. */
  readonly profile: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

interface Known {
  /** A row of the table in docs/sources.md. */
  readonly why: string;
  readonly explains: (mine: Outcome, theirs: Outcome) => boolean;
}

/** Where we differ on purpose. */
const KNOWN: readonly Known[] = [
  {
    why: "botocore ignores `aws_secret_access_key` without `aws_access_key_id`, and takes another source",
    explains: ({ error }) => /aws_secret_access_key needs aws_access_key_id beside it/u.test(error ?? ""),
  },
  {
    why: "botocore takes the keys of the environment before a profile that `AWS_PROFILE` names",
    explains: (_, { kind }) => kind === "environment",
  },
  {
    why: "botocore does not read `AWS_REGION`, as AWS's other SDKs do",
    explains: ({ region }) => region === "ca-central-1",
  },
  {
    why: "botocore reads a boolean that is neither `true` nor `false` as false",
    explains: ({ error }) => /use_fips_endpoint: must be true or false/u.test(error ?? ""),
  },
];

const FOLDERS = 300;
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

/** Writes one home folder whose files, and variables, are put together at random from what people write. */
function writeCase(index: number): Case {
  const draw = random(index + 1);
  const chance = (share: number): boolean => draw() < share;
  const one = <T>(choices: readonly T[]): T => choices[Math.floor(draw() * choices.length)] as T;
  const home = path.join(folder, String(index));
  mkdirSync(path.join(home, ".aws/sso/cache"), { recursive: true });
  const answer = path.join(home, "answer.json");
  writeFileSync(answer, JSON.stringify({ Version: 1, AccessKeyId: "AKIDPROCESS", SecretAccessKey: "s" }));
  writeFileSync(path.join(home, "token"), "a-token");
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
  /** Settings that lead to hosts. */
  const common = (): readonly string[] => [
    ...(chance(0.5) ? [`region = ${one(["eu-central-1", "us-east-1"])}`] : []),
    ...(chance(0.1) ? ["services = own"] : []),
    ...(chance(0.1) ? ["use_fips_endpoint = true"] : []),
    ...(chance(0.1) ? ["use_dualstack_endpoint = true"] : []),
  ];
  const settings = (name: string): string[] => (chance(0.55) ? [...complete(name), ...common()] : mixed(name));
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
    ...(chance(0.2) ? [`use_fips_endpoint = ${one(["true", "false", "True", "maybe"])}`] : []),
    ...(chance(0.15) ? [`use_dualstack_endpoint = ${one(["true", "false"])}`] : []),
    ...(chance(0.1) ? ["services = own"] : []),
    ...(chance(0.08) ? ["endpoint_url = https://all.example"] : []),
    ...(chance(0.05) ? ["ignore_configured_endpoint_urls = true"] : []),
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
    [
      "services own",
      [
        "sagemaker_runtime =",
        "  endpoint_url = https://runtime.example",
        "sts =",
        "  endpoint_url = https://sts.example",
      ],
    ],
    ...names.map((name) => [one([`profile ${name}`, `profile "${name}"`]), settings(name)] as const),
  ]);
  if (chance(0.7))
    write(
      "credentials",
      names.filter(() => chance(0.4)).map((name) => [name, keys(`FILE${name}`)] as const),
    );
  const env = {
    ...(chance(0.1) && { AWS_DEFAULT_REGION: "ap-south-1" }),
    ...(chance(0.07) && { AWS_ENDPOINT_URL_STS: "https://sts-of-env.example" }),
    ...(chance(0.05) && { AWS_ENDPOINT_URL: "https://all-of-env.example" }),
    ...(chance(0.07) && { AWS_USE_FIPS_ENDPOINT: one(["true", "false"]) }),
    ...(chance(0.1) && { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "s" }),
  };
  if (chance(0.05)) return { home, profile: "A", env: { ...env, AWS_REGION: "ca-central-1" } };
  return chance(0.3) ? { home, profile: undefined, env: { ...env, AWS_PROFILE: "A" } } : { home, profile: "A", env };
}

async function ours({ home, profile, env: more }: Case): Promise<Outcome> {
  const env = { HOME: home, PATH: process.env["PATH"], AWS_EC2_METADATA_DISABLED: "true", ...more };
  const { transport, asked } = recordingTransport((one) => {
    if (one.url.includes("/federation/credentials")) {
      const roleCredentials = {
        accessKeyId: "A",
        secretAccessKey: "s",
        sessionToken: "t",
        expiration: 4_070_908_800_000,
      };
      return { body: JSON.stringify({ roleCredentials }) };
    }
    return stsAnswer(one);
  });
  let common: Pick<Outcome, "region" | "fips" | "runtime"> = {};
  try {
    const settings = settingsOf({ profile, env });
    const region = settings.region?.value;
    const fips = settings.fips?.value.toLowerCase() === "true";
    common = { region: region ?? null, fips, runtime: runtimeHost(settings, region ?? "eu-west-1") };
    const { accessKeyId } = await defaultChain({ profile, transport, region: "eu-west-1", env })();
    const last = asked.at(-1);
    if (last === undefined) {
      return { kind: accessKeyId === "AKIDPROCESS" ? "process" : "keys", key: accessKeyId, hosts: [], ...common };
    }
    const hosts = asked.map(({ url }) => new URL(url).host);
    const isPortal = last.url.includes("/federation/credentials");
    const kind = isPortal ? "sso" : last.body.includes("WithWebIdentity") ? "web" : "role";
    return { kind, key: null, hosts, ...common };
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message: string };
    if (code === "SOURCE_ABSENT") return { kind: "absent", ...common };
    const kind = code === "SOURCE_INVALID" ? "invalid" : code === "SOURCE_UNAVAILABLE" ? "unavailable" : String(code);
    return { kind: "error", class: kind, error: message, ...common };
  }
}

function runtimeHost(settings: ProfileSettings, region: string): string {
  try {
    return resolveEndpoint({ service: "sagemaker-runtime", region, ...settings.endpoint("sagemaker-runtime") }).host;
  } catch (error) {
    return `error: ${(error as Error).message}`;
  }
}

const hasBotocore = spawnSync("python3", ["-c", "import botocore.session"]).status === 0;
if (!hasBotocore) console.warn("python3 has no botocore: the comparison of sources with botocore is SKIPPED.");

it.runIf(hasBotocore)(
  `leads to botocore's source, hosts, Region and class of error in ${FOLDERS} generated folders`,
  { timeout: 240_000 },
  async () => {
    const cases = Array.from({ length: FOLDERS }, (_, index) => writeCase(index));
    const input = JSON.stringify(cases);
    const theirs = JSON.parse(
      execFileSync("python3", [script], { input, encoding: "utf8", maxBuffer: 1 << 26 }),
    ) as Outcome[];
    const kinds = new Map<string, number>();
    const differences: unknown[] = [];
    const explained = new Set<string>();
    const hosts = new Map<string, number>();
    const count = (name: string): void => void hosts.set(name, (hosts.get(name) ?? 0) + 1);
    for (const [index, one] of cases.entries()) {
      const mine = await ours(one);
      const other = theirs[index] as Outcome;
      kinds.set(mine.kind, (kinds.get(mine.kind) ?? 0) + 1);
      for (const host of new Set([...(mine.hosts ?? []), mine.runtime ?? ""])) count(host);
      if ((mine.hosts?.length ?? 0) > 1) count("a chain of roles");
      if (mine.class !== undefined) count(mine.class);
      const [{ error: _, ...ownPart }, { error: __, ...otherPart }] = [mine, other];
      if (isDeepStrictEqual(ownPart, otherPart)) continue;
      const known = KNOWN.find(({ explains }) => explains(mine, other));
      if (known === undefined) differences.push({ index, mine, other });
      else explained.add(known.why);
    }
    expect(differences).toEqual([]);
    // An explanation that no folder needs is out of date.
    expect([...explained].toSorted()).toEqual(KNOWN.map(({ why }) => why).toSorted());
    // Each kind occurs, so that agreement means something.
    const rare = ["keys", "process", "role", "web", "sso", "absent", "error"].filter(
      (kind) => (kinds.get(kind) ?? 0) < 4,
    );
    expect({ rare, kinds: Object.fromEntries(kinds) }).toMatchObject({ rare: [] });
    const wanted = ["a chain of roles", "invalid", "unavailable", "all.example", "sts.example", "runtime.example"];
    wanted.push("sts-of-env.example", "all-of-env.example", "portal.sso.us-west-2.amazonaws.com");
    wanted.push("portal.sso-fips.us-west-2.amazonaws.com", "runtime.sagemaker.eu-central-1.api.aws");
    expect({ missing: wanted.filter((name) => !hosts.has(name)), hosts: Object.fromEntries(hosts) }).toMatchObject({
      missing: [],
    });
  },
);
