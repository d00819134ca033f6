// Loads packages while `Object.prototype` has a member that descriptors read, and prints those that fail.
const [name, kind, ...packages] = process.argv.slice(2);
const value = kind === "text" ? "evil" : () => "evil";
// oxlint-disable-next-line no-extend-native -- this is the attack
Object.defineProperty(Object.prototype, name, { __proto__: null, value, configurable: true, writable: true });
const failed = [];
for (const one of packages) {
  await import(`@countersign/${one}`).catch((error) => failed.push(`${one}: ${error.message}`));
}
delete Object.prototype[name];
console.log(failed.join("\n"));
