/** The process's exit codes. */
export interface ExitCodes {
  /** Success. */
  readonly ok: 0;
  /** A finding or a refusal: of the guard, or a signature that differs. */
  readonly refused: 1;
  /** The command line, or a file that it names, is wrong. */
  readonly usage: 2;
  /** No credentials, or AWS rejected them. */
  readonly credentials: 3;
  /** The network or TLS: unreachable, timed out, not forward secret. */
  readonly network: 4;
  /** The service answered with an error. */
  readonly service: 5;
}

export const EXIT: ExitCodes = Object.freeze({ ok: 0, refused: 1, usage: 2, credentials: 3, network: 4, service: 5 });

export type ExitCode = ExitCodes[keyof ExitCodes];
