/** The version of this package. In a checkout it is this placeholder; `build.mjs` writes the manifest's into `dist`. */
export const VERSION: string = "0.0.0-source";
