/** Node, and whatever resolves the `development` condition, is told in words what to do about an error. */
export const words = true;

export { unknownName } from "./unknown-name.ts";
