/** Replies of Valkey and Redis, and codes of Node and of clients, that a failure of the store may be reported as. */
const REASONS: ReadonlySet<string> = new Set([
  "NOPERM",
  "NOAUTH",
  "WRONGPASS",
  "READONLY",
  "LOADING",
  "OOM",
  "BUSY",
  "MISCONF",
  "MASTERDOWN",
  "NOREPLICAS",
  "CLUSTERDOWN",
  "CROSSSLOT",
  "MOVED",
  "TRYAGAIN",
  "NOSCRIPT",
  "NOT_CONNECTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "ETIMEDOUT",
  "EPIPE",
  "EACCES",
  "ENOENT",
  "ENOSPC",
  "EROFS",
]);

/** How clients say that they have no connection, to a server, a cluster or the sentinels. */
const UNREACHABLE =
  /not connected|isn't (?:writeable|ready)|offline|closed|startup nodes|slots cache|sentinels are unreachable/iu;

/**
 * Why an operation of the store failed, as one word for events, metrics and logs: the first word of the server's reply, or
 * the code of the error. Other text of the error is not used: it may quote keys and addresses.
 */
export function storeFailureReason(error: unknown): string {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown };
  const text = typeof message === "string" ? message.slice(0, 4096) : "";
  // A failure inside a script quotes the reply: "ERR Error running script … NOPERM …".
  const words = [code, ...(text.match(/\b[A-Z][A-Z_]{2,31}\b/gu) ?? [])];
  const known = words.find((word) => REASONS.has(word as string));
  if (known !== undefined) return known as string;
  if (/can't run this command|no permissions|ACL failure in script/iu.test(text)) return "NOPERM";
  if (UNREACHABLE.test(text)) return "NOT_CONNECTED";
  return "OTHER";
}
