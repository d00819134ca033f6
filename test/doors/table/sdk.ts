import { anything, open, part } from "../variants.ts";
import { type Doors, region, clock, nothing, transport, error, guard, credentials, provider } from "./shared.ts";

export const sdkDoors: Doors = {
  ".": {
    SdkError: error("INVALID_OPTION"),
    countersigned: {
      args: [
        {
          region,
          credentials,
          "transport?": part(transport),
          "guard?": part(guard),
          "clock?": part(clock),
          "onEvent?": nothing,
        },
      ],
      methods: {
        signerConstructor: "is called with new, by SDK clients: see countersigner.test.ts",
        credentials: provider["()"],
      },
    },
    invalidateOnAuthError: {
      args: [open({ config: anything({}), middlewareStack: open({ add: nothing }) }), open({ invalidate: nothing })],
    },
  },
};
