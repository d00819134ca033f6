export { FetchError, type FetchErrorCode } from "./error.ts";
