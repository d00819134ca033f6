import type { Io } from "./io.ts";

/** Colours text on a terminal. Without a terminal, or with NO_COLOR (https://no-color.org), it changes nothing. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly green: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
}

export function createStyle(io: Pick<Io, "env" | "isTerminal">): Style {
  const colours = io.isTerminal && !io.env["NO_COLOR"] && io.env["TERM"] !== "dumb";
  const paint = (open: number, close: number) => (text: string) =>
    colours ? `\u001B[${open}m${text}\u001B[${close}m` : text;
  return { bold: paint(1, 22), dim: paint(2, 22), green: paint(32, 39), red: paint(31, 39), yellow: paint(33, 39) };
}
