/** What the process's exit code says, for scripts. */
export interface ExitCodes {
  /** Done as asked. */
  readonly ok: 0;
  /** Something was found or refused: a finding of the guard, a signature that differs. */
  readonly refused: 1;
  /** The command line or a file named on it cannot be understood. */
  readonly usage: 2;
  /** No credentials, or AWS turned them down. */
  readonly credentials: 3;
  /** The network or TLS: unreachable, timed out, not forward secret. */
  readonly network: 4;
  /** The service answered with an error. */
  readonly service: 5;
}

export const EXIT: ExitCodes = Object.freeze({ ok: 0, refused: 1, usage: 2, credentials: 3, network: 4, service: 5 });

export type ExitCode = ExitCodes[keyof ExitCodes];
