// Where the code of a release is: the repository whose workflow runs, or the one that this clone came from.
import { execFileSync } from "node:child_process";

/**
 * The URL of the repository and the commit; `url` is undefined in a clone without a remote.
 *
 * @param {string} root
 * @param {Readonly<Record<string, string | undefined>>} [environment]
 * @returns {{ url: string | undefined, commit: string }}
 */
export function sourceOf(root, environment = process.env) {
  const { GITHUB_SERVER_URL = "https://github.com", GITHUB_REPOSITORY, GITHUB_SHA } = environment;
  return {
    url: GITHUB_REPOSITORY
      ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`
      : webUrl(git(root, "remote", "get-url", "origin")),
    commit: GITHUB_SHA ?? git(root, "rev-parse", "HEAD") ?? "HEAD",
  };
}

/**
 * @param {string | undefined} remote
 * @returns {string | undefined} `git@github.com:owner/name.git` and `ssh://git@github.com/owner/name` as the address that a browser opens
 */
export function webUrl(remote) {
  const found = /^(?:https:\/\/(?:[^@/]*@)?|ssh:\/\/git@|git@)([\w.-]+)[:/]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/u.exec(
    remote ?? "",
  );
  return found === null ? undefined : `https://${found[1]}/${found[2]}`;
}

function git(root, ...parameters) {
  try {
    return execFileSync("git", parameters, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}
