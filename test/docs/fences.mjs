// The code blocks of a Markdown document.

/**
 * @typedef {object} Fence
 * @property {string} section the heading of the second level above it, `""` before any
 * @property {string} language
 * @property {string} name what follows the language: the name of the file that the block is
 * @property {string} code
 * @property {number} line where the block begins, from 1
 * @property {string | undefined} notRun the reason in `<!-- not run: reason -->` directly above the block
 */

/**
 * The fenced blocks of a document, in their order.
 *
 * @param {string} text
 * @returns {Fence[]}
 */
export function fencesOf(text) {
  const fences = [];
  let section = "";
  let open;
  let above = "";
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^(\s*)(`{3,}|~{3,})\s*(\S*)(?: (\S+))?.*$/u.exec(line);
    if (open !== undefined) {
      if (fence?.[2]?.startsWith(open.mark) && fence[3] === "") {
        fences.push({ ...open.fence, code: [...open.lines, ""].join("\n") });
        open = undefined;
      } else open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
      above = "";
      continue;
    }
    section = /^## (.*)$/u.exec(line)?.[1] ?? section;
    if (fence !== null) {
      const [, indent = "", mark = "", language = "", name = ""] = fence;
      const notRun = /^\s*<!-- not run: (\S.*?) -->$/u.exec(above)?.[1];
      open = { indent, mark, lines: [], fence: { section, language, name, code: "", line: index + 1, notRun } };
    }
    if (line.trim() !== "") above = line;
  }
  if (open !== undefined) throw new Error(`line ${open.fence.line}: the block does not end`);
  return fences;
}
