export { type ChunkedUpload, type SignedUpload, type Trailer, signChunked } from "./streams/sign-chunked.ts";
