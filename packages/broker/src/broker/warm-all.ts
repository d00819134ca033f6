import type { Session } from "../model/session.ts";

/**
 * Fetches sessions a few at a time, so that warming never fills the queue of callers.
 *
 * @throws the first failure, after all fetches have ended.
 */
export async function warmAll(
  sessions: readonly Session[],
  width: number,
  fetch: (session: Session) => Promise<unknown>,
): Promise<void> {
  const failures: unknown[] = [];
  const queue = sessions.values();
  const worker = async (): Promise<void> => {
    for (const session of queue) {
      await fetch(session).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, sessions.length) }, worker));
  if (failures.length > 0) throw failures[0];
}
