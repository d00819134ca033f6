import type { Io } from "./io.ts";

/** Paints text for a terminal; does nothing for pipes and where NO_COLOR is set (https://no-color.org). */
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
