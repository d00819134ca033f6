export { type EventSigner, type SignedEvent, signEvents } from "./streams/sign-events.ts";
