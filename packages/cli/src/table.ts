// Colours are control sequences without width.
const COLOUR = new RegExp(`${String.fromCodePoint(27)}\\[\\d+m`, "g");

function width(text: string): number {
  return text.replaceAll(COLOUR, "").length;
}

/**
 * Aligns rows in columns, two spaces apart. The last column is not padded.
 *
 * @param right indexes of the columns to align on the right, such as numbers.
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
