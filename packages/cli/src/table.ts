// Colours are control sequences, which take no room on the screen.
const COLOUR = new RegExp(`${String.fromCodePoint(27)}\\[\\d+m`, "g");

function width(text: string): number {
  return text.replaceAll(COLOUR, "").length;
}

/**
 * Lines up rows in columns, two spaces apart; the last column is left as it is.
 *
 * @param right indexes of columns that hold numbers and end at the same place.
 */
export function alignColumns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, width(cell));
  return rows.map((row) =>
    row
      .map((cell, index) => {
        const room = " ".repeat((widths[index] ?? 0) - width(cell));
        if (right.includes(index)) return room + cell;
        return index === row.length - 1 ? cell : cell + room;
      })
      .join("  ")
      .trimEnd(),
  );
}
