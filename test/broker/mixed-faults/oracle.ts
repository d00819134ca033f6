import type { Life } from "./lives.ts";
import type { Answer, Report } from "./member.ts";
import { type Steps, trueTimeAt } from "./stepped-clock.ts";

/** A session that some process served. */
interface Known {
  readonly spec: number;
  readonly expiresAt: number;
  /** Real time of its first answer. */
  readonly seenAt: number;
}

interface Revocation {
  readonly roleArn: string;
  readonly by: Life;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** A stretch of real time. It is still open while `to` is `Infinity`. */
export interface Span {
  readonly kind: string;
  readonly from: number;
  to: number;
  /** Set when one role is affected. */
  readonly roleArn?: string;
}

/** The faults that the test caused and that excuse an answer. */
export interface World {
  readonly steps: Steps;
  readonly roleArns: readonly string[];
  readonly sts: readonly Span[];
  readonly store: readonly Span[];
}

export interface Tally {
  gets: number;
  failed: number;
  peeks: number;
  /** Answers after a revocation by the same or by another process, from the moment on at which it must be obeyed. */
  revocationChecks: { own: number; others: number };
  failures: Record<string, number>;
  violations: string[];
}

/** A life hears of a revocation within this, once the store answers. */
const HEARING_MS = 2500;
/** After a fault of STS a fetch may be paused this long, in true time; after a refusal longer. */
const PAUSE_MS = 20_000;
const REFUSAL_PAUSE_MS = 75_000;
/** Requests of before the end of a fault, and answers that this machine delays. */
const LATE_MS = 2000;
const LIFETIME_MS = 960_000;
/** A clock that is ahead by less takes no session for expired that is not at its edge. */
const CORRECT_MS = 1000;
/** A session's life counts from its request, which may take this long in real time. */
const REQUEST_MS = 5000;

export type Oracle = ReturnType<typeof createOracle>;

/** Judges every answer of every process by what AWS issued and by what the test did. */
export function createOracle(world: World) {
  const { steps, roleArns, sts, store } = world;
  const known = new Map<string, Known>();
  const revocations: Revocation[] = [];
  const tally: Tally = {
    gets: 0,
    failed: 0,
    peeks: 0,
    revocationChecks: { own: 0, others: 0 },
    failures: {},
    violations: [],
  };
  const trueTime = (real: number): number => trueTimeAt(real, steps);
  /** A session with less left than this may be over for a process. */
  const edgeMs = REQUEST_MS * (1 + steps.skipMs / steps.everyMs);
  const roleOf = (answer: Answer): string => roleArns[answer.spec] as string;
  const complain = (life: Life, answer: Answer, what: string): void => {
    const at = ((answer.to - steps.startAt) / 1000).toFixed(2);
    tally.violations.push(`${life.name} at ${at} s: ${answer.asking} of ${roleOf(answer)}: ${what}`);
  };

  /** The real time from which every process that runs must obey a revocation. */
  function obeyedFrom({ by, endedAt }: Revocation): number {
    let since = Math.max(endedAt, by.runningSince);
    for (const { from, to } of store) {
      if (to < since) continue;
      if (from > since + HEARING_MS) break;
      since = to;
    }
    const from = since + HEARING_MS;
    return by.endedAt < from ? Infinity : from;
  }

  /** The revocation that the process must obey and that the session is older than. */
  function revocationOf(life: Life, { seenAt }: Known, answer: Answer): Revocation | undefined {
    return revocations.find((revocation) => {
      if (revocation.roleArn !== roleOf(answer)) return false;
      const isOwn = revocation.by === life;
      const from = isOwn ? revocation.endedAt : Math.max(obeyedFrom(revocation), life.runningSince + HEARING_MS);
      if (answer.from <= from) return false;
      tally.revocationChecks[isOwn ? "own" : "others"] += 1;
      return seenAt < revocation.startedAt;
    });
  }

  function judgeServed(life: Life, answer: Answer, accessKeyId: string): void {
    const session = known.get(accessKeyId);
    const { expiresAt = Number.NaN, from, to } = answer;
    // A step may fall between the moment of serving and its record.
    if (!(expiresAt > trueTime(Math.max(from, to - 50)))) complain(life, answer, "served expired credentials");
    if (session === undefined) return complain(life, answer, `served ${accessKeyId}, which was never reported`);
    if (session.spec !== answer.spec) complain(life, answer, `served a session of ${roleArns[session.spec]}`);
    if (session.expiresAt !== expiresAt) complain(life, answer, "served another expiry than before");
    const revocation = revocationOf(life, session, answer);
    if (revocation !== undefined) {
      const ago = answer.from - revocation.startedAt;
      complain(life, answer, `served a session that ${revocation.by.name} revoked ${ago.toFixed(0)} ms before`);
    }
    life.cached.set(answer.spec, accessKeyId);
  }

  /** Whether every process that heard of all revocations accepts the session for a while. */
  function isValid(life: Life, session: Known, answer: Answer): boolean {
    // A process that had not heard of a revocation fetched a session that is void once it hears.
    const mayBeVoid = revocations.some(
      (revocation) =>
        revocation.roleArn === roleOf(answer) &&
        revocation.startedAt <= answer.to &&
        session.seenAt - LATE_MS <= obeyedFrom(revocation),
    );
    return !mayBeVoid && session.expiresAt - trueTime(answer.to) - wrongBy(life, answer) > edgeMs;
  }

  /** Whether the process had served a valid session before. */
  function hadValid(life: Life, answer: Answer): boolean {
    const session = known.get(life.cached.get(answer.spec) ?? "");
    return session !== undefined && isValid(life, session, answer);
  }

  /** Whether another process had stored a valid session in a store that has been well ever since. */
  function couldRead(life: Life, answer: Answer): boolean {
    const isWell = (from: number): boolean =>
      store.every(({ from: since, to }) => since > answer.to || to + HEARING_MS < from);
    return [...known.values()].some(
      (session) =>
        session.spec === answer.spec &&
        session.seenAt < answer.from - LATE_MS &&
        isWell(session.seenAt - LATE_MS) &&
        life.runningSince < answer.from - LATE_MS &&
        isValid(life, session, answer),
    );
  }

  /**
   * How much of a session a process may take for spent because its wall clock was set forward during the session. Its
   * clocks cannot tell that from a machine that slept, until an answer of STS corrects them.
   */
  function wrongBy({ wall }: Life, { to, ahead }: Answer): number {
    if (ahead !== undefined && ahead.corrected < CORRECT_MS) return 0;
    const start = trueTime(to) - LIFETIME_MS;
    const first = Math.max(
      0,
      wall.findLastIndex(({ at }) => trueTime(at) <= start),
    );
    const offsets = wall.slice(first).map(({ offsetMs }) => offsetMs);
    return Math.max(...offsets) - Math.min(...offsets);
  }

  /** Whether STS was out, or refused, shortly before. */
  function isExcused(answer: Answer): boolean {
    return sts.some(({ from, to, roleArn }) => {
      const pauseMs = roleArn === undefined ? PAUSE_MS : REFUSAL_PAUSE_MS;
      const isOver = to < answer.from - LATE_MS && trueTime(to) < trueTime(answer.from) - pauseMs;
      return from <= answer.to && !isOver && (roleArn ?? roleOf(answer)) === roleOf(answer);
    });
  }

  function judgeFailed(life: Life, answer: Answer, failure: string): void {
    tally.failed += 1;
    tally.failures[failure] = (tally.failures[failure] ?? 0) + 1;
    const clocks = `(wall ${answer.ahead?.wall.toFixed(0)} ms ahead, corrected ${answer.ahead?.corrected.toFixed(0)} ms)`;
    if (!/^[A-Z_]{4,}$|^TimeoutError$/u.test(failure)) complain(life, answer, `failed with ${failure}`);
    if (hadValid(life, answer)) {
      complain(life, answer, `was refused with ${failure} while it had valid credentials ${clocks}`);
    } else if (couldRead(life, answer)) {
      complain(life, answer, `was refused with ${failure} while the store had valid credentials ${clocks}`);
    } else if (!isExcused(answer)) {
      complain(life, answer, `failed with ${failure} while STS was well ${clocks}`);
    }
  }

  return {
    tally,
    complain: (what: string): void => void tally.violations.push(what),
    revoked(revocation: Revocation): void {
      revocations.push(revocation);
    },
    /** Judges a report of one life. Sessions are learned from it first. */
    judge(life: Life, { answers, sessions }: Report): void {
      for (const { spec, credentials } of sessions) {
        const { accessKeyId, expiration } = credentials;
        const first = answers.find((answer) => answer.accessKeyId === accessKeyId);
        const seenAt = Math.min(first?.to ?? Infinity, known.get(accessKeyId)?.seenAt ?? Infinity);
        // As JSON brings it.
        known.set(accessKeyId, { spec, expiresAt: new Date(String(expiration)).getTime(), seenAt });
      }
      for (const answer of answers) {
        if (answer.asking === "peek") tally.peeks += 1;
        else tally.gets += 1;
        if (answer.accessKeyId !== undefined) judgeServed(life, answer, answer.accessKeyId);
        else if (answer.failure !== undefined) judgeFailed(life, answer, answer.failure);
      }
    },
    sessions: () => known.size,
  };
}
