import { SageMakerError } from "./error.ts";
import { maxLineLength } from "./lines.ts";

/** An event of a `text/event-stream`. */
export interface SseEvent {
  /** The event's type; `message` when the server named none. */
  readonly event: string;
  /** The data lines, joined with LF. OpenAI-style servers send `[DONE]` last; it is data like any other. */
  readonly data: string;
  /** The last event id seen so far; empty when there was none. */
  readonly id: string;
  /** The reconnection time in milliseconds that came with this event. */
  readonly retry?: number;
}

/** Turns lines into events. */
export interface SseParser {
  /** Takes one line and answers with the event that it completes. */
  push(line: string): SseEvent | undefined;
  /** The unfinished last event, when the stream has ended. */
  end(): SseEvent | undefined;
}

/**
 * Parses the event stream format of https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 * with one difference: an event that the end of the stream cuts short is delivered, because many model servers omit
 * the blank line after the last one.
 */
export function createSseParser(): SseParser {
  let event = "";
  let data: string | undefined;
  let id = "";
  let retry: number | undefined;

  function dispatch(): SseEvent | undefined {
    const complete =
      data === undefined
        ? undefined
        : { event: event === "" ? "message" : event, data, id, ...(retry === undefined ? {} : { retry }) };
    event = "";
    data = retry = undefined;
    return complete;
  }

  return {
    push(line) {
      if (line === "") return dispatch();
      const colon = line.indexOf(":");
      const field = colon === -1 ? line : line.slice(0, colon);
      const value = colon === -1 ? "" : line.slice(line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1);
      if (field === "data") {
        data = data === undefined ? value : `${data}\n${value}`;
        if (data.length > maxLineLength) {
          throw new SageMakerError(
            "LINE_TOO_LONG",
            `An event of the stream is longer than ${maxLineLength} characters.`,
          );
        }
      } else if (field === "event") event = value;
      else if (field === "id" && !value.includes("\0")) id = value;
      else if (field === "retry" && /^[0-9]+$/.test(value)) retry = Number(value);
      return undefined;
    },
    end: dispatch,
  };
}
