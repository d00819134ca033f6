import { expect, it } from "vitest";
import { sendBy, useParts, ways } from "../parts.ts";

const parts = useParts();

it.each(["path", "headers", "body", "signal"])(
  "does not lose the place of a request whose %s throws when it is read",
  async (name) => {
    await sendBy("undici");
    const { url } = await parts.server();
    const t = parts.transport({ connections: 1 });
    const failing = (): Promise<unknown> =>
      new Promise((resolve) => {
        const options = { origin: url, path: "/", method: "GET" as const };
        Object.defineProperty(options, name, {
          enumerable: true,
          get: () => {
            throw new Error("is not to be had");
          },
        });
        t.dispatcher.dispatch(options, {
          onConnect: () => {},
          onHeaders: () => true,
          onData: () => true,
          onComplete: () => {},
          onError: resolve,
        });
      });
    await failing();
    const [, refused, answer] = await Promise.all([ways.dispatcher(t, url), failing(), ways.dispatcher(t, url)]);
    expect(refused).toHaveProperty("message", "is not to be had");
    expect(answer).toBe("GET /");
    expect(t.stats().pending).toBe(0);
  },
);
