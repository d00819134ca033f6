import { createSignedFetch } from "@countersign/fetch";
import type { Session } from "../session.ts";
import { type Check, fail, pass, reasonOf, warn } from "./check.ts";

const SKEW_LIMIT_MS = 300_000;

/** Checks that credentials are found, and how long they last. */
export async function checkCredentials({
  credentials,
  settings,
  source,
  clock,
}: Pick<Session, "clock" | "credentials" | "settings" | "source">): Promise<Check> {
  try {
    const { accessKeyId, expiration } = await credentials();
    const { name, passed = [] } = source() ?? {};
    const from = name === "profile" ? `profile ${settings.profile}` : `the ${name ?? "source"}`;
    const why = passed.length === 0 ? "" : `; passed over: ${passed.join("; ")}`;
    const key = `${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)} from ${from}`;
    if (expiration !== undefined) {
      const minutes = Math.round((expiration.getTime() - clock.now()) / 60_000);
      return pass("credentials", `${key}, until ${expiration.toISOString()}, in ${minutes} minutes${why}`);
    }
    return warn(
      "credentials",
      `${key}, a long-term key${why}`,
      "prefer temporary credentials: --role, SSO, or a role of the machine",
    );
  } catch (error) {
    const isWrong = (error as { readonly code?: unknown }).code === "SOURCE_INVALID";
    const advice = isWrong ? "correct it there" : "set AWS_PROFILE or AWS_ACCESS_KEY_ID, or run aws sso login";
    return fail("credentials", reasonOf(error), advice);
  }
}

/** Makes one signed GetCallerIdentity call. Its answer tells the identity, and the difference between STS's clock and ours. */
export async function checkIdentity(session: Session, origin: URL, region: string): Promise<Check[]> {
  const { clock, credentials, transport } = session;
  const send = createSignedFetch({
    credentials,
    clock,
    service: "sts",
    region,
    allowedHosts: [origin.host],
    fetch: transport.fetch,
    retry: false,
  });
  try {
    const sentAt = clock.wall();
    const answer = await send(origin, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "Action=GetCallerIdentity&Version=2011-06-15",
    });
    const content = await answer.text();
    const checks = checkClock(answer.headers.get("date"), sentAt, clock.wall());
    const arn = /<Arn>([^<]+)<\/Arn>/.exec(content)?.[1];
    if (answer.ok && arn !== undefined) return [...checks, pass("identity", arn)];
    const code = /<Code>([^<]+)<\/Code>/.exec(content)?.[1] ?? `status ${answer.status}`;
    const message = /<Message>([^<\n]+)/.exec(content)?.[1] ?? "";
    return [
      ...checks,
      fail("identity", `STS answered ${code} ${message}`.trim(), ADVICE[code] ?? "check the access key with its owner"),
    ];
  } catch (error) {
    return [fail("identity", reasonOf(error), "see the checks above: STS could not be asked")];
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  InvalidClientTokenId:
    "the access key does not exist or is inactive, or AWS_SESSION_TOKEN is of another key: set all three anew, or choose another profile",
  ExpiredToken: "the session is over: sign in again",
  SignatureDoesNotMatch: "the secret does not belong to the access key: enter both again",
  RequestTimeTooSkewed: "set this machine's clock (NTP)",
};

function checkClock(date: string | null, sentAt: number, receivedAt: number): Check[] {
  const theirs = Date.parse(date ?? "");
  // `Date` takes other texts for dates, and 31 February for 3 March: neither says anything about a clock.
  if (Number.isNaN(theirs) || new Date(theirs).toUTCString() !== date) return [];
  // `Date` has whole seconds, so only a time outside the interval of the call proves a difference.
  const offset = theirs + 1000 < sentAt ? theirs + 1000 - sentAt : theirs > receivedAt ? theirs - receivedAt : 0;
  const seconds = Math.round(Math.abs(offset) / 1000);
  if (seconds === 0) return [pass("clock", "agrees with AWS")];
  const detail = `${seconds} s ${offset < 0 ? "ahead of" : "behind"} AWS`;
  const fix = "set this machine's clock (NTP)";
  return [Math.abs(offset) >= SKEW_LIMIT_MS ? fail("clock", detail, fix) : warn("clock", detail, fix)];
}
