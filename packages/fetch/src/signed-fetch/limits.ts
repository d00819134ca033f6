// The limit of a signed fetch. This file imports nothing, so that bundlers put the number in the place of the name.

/** How many signers are kept: a function in `allowedHosts` may admit any number of Regions and services. */
export const MAX_SIGNERS = 128;
