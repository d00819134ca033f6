/** A function of a WebAssembly module. Parameters and `numbers` are i32, `vectors` are v128; nothing is returned. */
export interface Code {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly numbers?: readonly string[];
  readonly vectors?: readonly string[];
  /**
   * Instructions in the order of the stack machine, parted by blanks. A local is read by its name, set by `=name`, set
   * and kept on the stack by `:name`. A number is a constant. The rest are the names of the table below, where need be
   * with `@` and an address to add, or the function to call.
   */
  readonly body: string;
}

const characters = (text: string): readonly number[] => Array.from(text, (character) => character.charCodeAt(0));
const vector = (...bytes: readonly number[]): readonly number[] => [0xfd, ...bytes];
const shuffle = (...lanes: readonly number[]): readonly number[] => vector(0x0d, ...lanes);

/** https://webassembly.github.io/spec/core/binary/instructions.html */
const instructions: Readonly<Record<string, readonly number[]>> = {
  __proto__: null as never,
  loop: [0x03, 0x40],
  end: [0x0b],
  again: [0x0d, 0],
  call: [0x10],
  load: [0x28, 2],
  store: [0x36, 2],
  less: [0x49],
  add: [0x6a],
  and: [0x71],
  xor: [0x73],
  rotr: [0x78],
  "v.load": vector(0x00, 0),
  "v.store": vector(0x0b, 0),
  "v.xor": vector(0x51),
  "v.shl": vector(0xab, 0x01),
  "v.shr": vector(0xad, 0x01),
  "v.add": vector(0xae, 0x01),
  // Of two vectors of four words: the second to the fifth; the last two and two of the other, in both orders.
  "v.next": shuffle(4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19),
  "v.low": shuffle(8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23),
  "v.high": shuffle(16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6, 7),
  // Of one vector, given twice: the bytes of each word in the other order.
  "v.swap": shuffle(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12),
  // Of two vectors of 16 bytes: the first and the second halves, by turns.
  "v.zip": shuffle(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
  "v.zip2": shuffle(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31),
  // Of each byte: the upper and the lower half.
  "v.high4": [0x41, 4, ...vector(0x6d)],
  "v.low4": [...vector(0x0c, ...Array.from({ length: 16 }, () => 15)), ...vector(0x4e)],
  // The letters of the first vector that the second names.
  "v.pick": vector(0x0e),
  "v.alphabet": vector(0x0c, ...characters("0123456789abcdef")),
};

/** A module of functions and one page of memory, with data at some addresses. All is exported under its name. */
export function assemble(functions: readonly Code[], data: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const types = functions.map(({ parameters }) => [0x60, parameters.length, ...parameters.map(() => 0x7f), 0]);
  const exports = functions.map(({ name }, index) => [name.length, ...characters(name), 0, index]);
  const filled = Array.from(data, ([at, bytes]) => [0, 0x41, ...signed(at), 0x0b, ...unsigned(bytes.length), ...bytes]);
  return Uint8Array.of(
    ...characters("\0asm\x01\0\0\0"),
    ...section(1, types),
    ...section(3, Array.from(functions.keys(), unsigned)),
    ...section(5, [[0, 1]]),
    ...section(7, [[6, ...characters("memory"), 2, 0], ...exports]),
    ...section(10, functions.map(codeOf)),
    ...section(11, filled),
  );
}

function section(id: number, items: readonly (readonly number[])[]): readonly number[] {
  const content = [...unsigned(items.length), ...items.flat()];
  return [id, ...unsigned(content.length), ...content];
}

function codeOf({ parameters, numbers = [], vectors = [], body }: Code): readonly number[] {
  const locals = new Map([...parameters, ...numbers, ...vectors].map((name, index) => [name, index]));
  const code: number[] = [2, ...unsigned(numbers.length), 0x7f, ...unsigned(vectors.length), 0x7b];
  for (const word of body.trim().split(/\s+/)) {
    const [name = "", operand] = word.split("@");
    const instruction = instructions[name];
    const local = locals.get(name);
    if (instruction !== undefined) {
      code.push(...instruction);
      if (operand !== undefined) code.push(...unsigned(Number(operand)));
    } else if (local !== undefined) code.push(0x20, local);
    else if (name.startsWith("=")) code.push(0x21, locals.get(name.slice(1))!);
    else if (name.startsWith(":")) code.push(0x22, locals.get(name.slice(1))!);
    else code.push(0x41, ...signed(Number(name)));
  }
  code.push(0x0b);
  return [...unsigned(code.length), ...code];
}

/** LEB128, https://webassembly.github.io/spec/core/binary/values.html */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  return value < 64 ? [value] : [(value & 127) | 128, ...signed(value >>> 7)];
}
