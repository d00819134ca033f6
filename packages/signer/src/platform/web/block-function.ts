export { compress, INITIAL_HASH } from "../../crypto/sha256-block.ts";
