/**
 * Options for functions of `node:crypto`, which read inherited ones: a `passphrase` on a polluted Object.prototype ends the
 * process with a failed assertion, `padding` and `dsaEncoding` change signatures.
 */
export function keyOptions<Options extends object>(options: Options): Options {
  return Object.assign(Object.create(null) as Options, options);
}
