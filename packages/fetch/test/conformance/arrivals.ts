import { expectSigned } from "../expect-signed.ts";
import { localServer, nth } from "../local-server.ts";
import { bodyOutcome } from "./matrix.ts";

/** What becomes of a kind of body in an init and in a Request; what arrives must be signed. */
export async function arrivals(make: () => BodyInit): Promise<{ readonly init: string; readonly request: string }> {
  await using server = await localServer();
  const arrived = async (): Promise<string> => {
    const request = nth(server.received, server.received.length - 1);
    await expectSigned(request);
    return request.body.toString();
  };
  return {
    init: await bodyOutcome(server.origin, make, "init", arrived),
    request: await bodyOutcome(server.origin, make, "request", arrived),
  };
}
