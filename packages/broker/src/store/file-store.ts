import { randomUUID } from "node:crypto";
import { lstatSync, readdirSync, rmSync, type Stats } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { cliCacheKey } from "./cli-cache-key.ts";
import { checkOptions, oneOf, optional, type Shapes, text } from "@countersign/signer/options";
import { refuseOption } from "../errors/refuse.ts";
import { READ_FLAGS } from "../model/read-flags.ts";
import { readTime } from "../model/read-time.ts";
import { readSmallFile } from "../sources/read-file.ts";
import { placeOpenToAnyone } from "../sources/shared-config/place-open-to-anyone.ts";
import { checkPrincipal, CLOCK_DOUBT_MS } from "../sts/sts-answer.ts";
import { removeLeftovers } from "./remove-leftovers.ts";
import type { SharedStore, StoredSession, StoreReading, StoreSlot } from "./store.ts";

/** Settings of `fileStore`. */
export interface FileStoreOptions {
  /** Default: the cache of the AWS CLI, `~/.aws/cli/cache`. */
  readonly directory?: string | undefined;
  /**
   * `read` uses sessions that the AWS CLI and other tools fetched. `read-write` also stores sessions for them, in the
   * clear: every profile of this user that names the role can read them. Default `read`.
   */
  readonly mode?: "read" | "read-write" | undefined;
}

const shapes: Shapes<FileStoreOptions> = { directory: optional(text), mode: optional(oneOf("read", "read-write")) };

/** The AWS CLI renews credentials that are valid for less than this. */
const MIN_REMAINING_MS = 15 * 60_000;
/** A session is 2 KiB. */
const MAX_BYTES = 65_536;
const NOTHING: StoreReading = { revocations: [] };
/** The AWS CLI writes what STS said of its answer. */
const METADATA = { HTTPStatusCode: 200 };

/**
 * Shares sessions of `AssumeRole` with the AWS CLI and botocore on this machine, in their own format. A file that other
 * users may change or replace is not used: a user who plants credentials there would receive requests signed with them.
 * Neither is one from a time that has not come: the clock was set back since, and its session may have ended. A clock that
 * is set back after a session has ended, to a time after it was written, makes that session look valid until AWS rejects it.
 *
 * A revocation removes all files that this store wrote, so that no process that starts later finds a revoked session.
 * Processes that run are not told, and sessions of the AWS CLI stay.
 *
 * @throws BrokerError `INVALID_OPTION`.
 *
 * @example
 * const broker = createBroker({ region, store: fileStore() });
 */
export function fileStore(options?: FileStoreOptions): SharedStore {
  const { directory, mode = "read" } = checkOptions(options, shapes, refuseOption);
  const folder = directory ?? join(homedir(), ".aws", "cli", "cache");
  const fileOf = ({ operation, input }: StoreSlot): string | undefined =>
    operation === "AssumeRole" ? join(folder, `${cliCacheKey(input)}.json`) : undefined;

  return {
    needsSourceId: false,

    async read(slot): Promise<StoreReading> {
      const path = fileOf(slot);
      const file = path && (await open(path, READ_FLAGS).catch(absent));
      if (!file) return NOTHING;
      try {
        const stats = await file.stat();
        if (!isPrivate(stats) || placeOpenToAnyone(path) !== undefined) {
          return { ...NOTHING, alarm: "FILE_NOT_PRIVATE" };
        }
        // The clock was set back since, so the session may have ended already.
        if (stats.mtimeMs > Date.now() + CLOCK_DOUBT_MS) return NOTHING;
        const found = sessionFrom(await file.readFile("utf8"), slot);
        if (found === undefined) return NOTHING;
        return typeof found === "string" ? { ...NOTHING, alarm: found } : { ...NOTHING, session: found };
      } finally {
        await file.close();
      }
    },

    async write(slot, session) {
      const path = fileOf(slot);
      if (path === undefined || mode === "read") return false;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const temporary = `${path}.${randomUUID()}`;
      try {
        const file = await open(temporary, "wx", 0o600);
        try {
          await file.writeFile(contentOf(session));
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(temporary, path);
      } catch (error) {
        // On a full disk each renewal would leave a file with credentials.
        await rm(temporary, { force: true }).catch(() => undefined);
        throw error;
      }
      removeLeftovers(path);
      return true;
    },

    async drop(slot) {
      const path = fileOf(slot);
      if (path !== undefined && mode === "read-write") await rm(path, { force: true });
    },

    /**
     * A process that starts later does not know the revocation, and a file does not say whose session it has. At once: of
     * many files some would stay when the time of an operation is over.
     */
    async revoke(revocation) {
      if (mode === "read-write") removeOurs(folder);
      return revocation;
    },
  };
}

function absent(error: unknown): undefined {
  if ((error as { readonly code?: unknown }).code !== "ENOENT") throw error;
}

function isPrivate(stats: Stats): boolean {
  const { uid, mode } = stats;
  if (!stats.isFile() || stats.size > MAX_BYTES) return false;
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
}

function removeOurs(folder: string): void {
  for (const path of filesIn(folder)) {
    if (isOurs(path)) rmSync(path, { force: true });
  }
}

function filesIn(folder: string): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    return absent(error) ?? [];
  }
  return names.filter((name) => /^[\da-f]{40}\.json$/u.test(name)).map((name) => join(folder, name));
}

/** Whether this store wrote a file. Those of the AWS CLI have more members, and another user's cannot be removed. */
function isOurs(path: string): boolean {
  try {
    if (process.getuid !== undefined && lstatSync(path).uid !== process.getuid()) return false;
    const content = JSON.parse(readSmallFile(path, MAX_BYTES).toString("utf8")) as CacheFile;
    const { Credentials, ResponseMetadata, ...others } = content;
    const isWhole = Credentials !== undefined && JSON.stringify(ResponseMetadata) === JSON.stringify(METADATA);
    return isWhole && Object.keys(others).length === 0;
  } catch {
    return false;
  }
}

interface CacheFile {
  readonly Credentials?: {
    readonly AccessKeyId?: unknown;
    readonly SecretAccessKey?: unknown;
    readonly SessionToken?: unknown;
    readonly Expiration?: unknown;
    readonly AccountId?: unknown;
  };
  readonly AssumedRoleUser?: { readonly Arn?: unknown };
  readonly ResponseMetadata?: unknown;
}

/** `undefined` for a file that is empty, half written (aws-cli#5528) or about to expire; an alarm for another role's. */
function sessionFrom(text: string, { input }: StoreSlot): StoredSession | "RECORD_FOREIGN" | undefined {
  let content: CacheFile;
  try {
    content = JSON.parse(text) as CacheFile;
  } catch {
    return undefined;
  }
  const {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration,
    AccountId,
  } = content?.Credentials ?? {};
  if (typeof accessKeyId !== "string" || typeof secretAccessKey !== "string" || typeof sessionToken !== "string") {
    return undefined;
  }
  const expiration = readTime(Expiration);
  if (expiration === undefined || expiration.getTime() - Date.now() < MIN_REMAINING_MS) return undefined;
  const arn = content.AssumedRoleUser?.Arn;
  // Files that this store writes do not name the role.
  if (arn !== undefined && !(typeof arn === "string" && isFor(input, arn))) return "RECORD_FOREIGN";
  const account = arn === undefined ? AccountId : arn.split(":")[4];
  const accountId = typeof account === "string" ? account : undefined;
  const seconds = typeof input["DurationSeconds"] === "number" ? input["DurationSeconds"] : 3600;
  return {
    credentials: { accessKeyId, secretAccessKey, sessionToken, expiration, accountId },
    issuedAt: expiration.getTime() - seconds * 1000,
    epochs: [],
  };
}

function isFor(input: StoreSlot["input"], arn: string): boolean {
  try {
    checkPrincipal({ AssumedRoleUser: { Arn: arn } }, { operation: "AssumeRole", input, accountId: undefined });
    return true;
  } catch {
    return false;
  }
}

function contentOf({ credentials }: StoredSession): string {
  const { accessKeyId, secretAccessKey, sessionToken, expiration, accountId } = credentials;
  return JSON.stringify({
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: expiration.toISOString().replace(/\.\d{3}Z$/u, "Z"),
      ...(accountId !== undefined && { AccountId: accountId }),
    },
    ResponseMetadata: METADATA,
  });
}
