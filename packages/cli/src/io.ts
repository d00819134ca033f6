/** Where a command reads and writes: injected, so that every command can be run in a test. */
export interface Io {
  readonly stdout: (output: string | Uint8Array) => void;
  readonly stderr: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** stdout is a terminal. */
  readonly isTerminal: boolean;
  /** Columns of the terminal; COLUMNS, else 80, when stdout is none. */
  readonly columns: number;
}

/** The process's own streams and environment. */
export function processIo(): Io {
  return {
    stdout: (output) => void process.stdout.write(output),
    stderr: (text) => void process.stderr.write(text),
    env: process.env,
    isTerminal: process.stdout.isTTY,
    columns: process.stdout.columns ?? (Number(process.env["COLUMNS"]) || 80),
  };
}
