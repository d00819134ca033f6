export { compress, initialState } from "../../crypto/sha256-block.ts";
