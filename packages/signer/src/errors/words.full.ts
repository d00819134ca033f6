/** On Node, and where the `development` condition is set, errors say in words what to do. */
export const words = true;

export { unknownName } from "./unknown-name.ts";
