import { constants } from "node:fs";

/**
 * Opens a file for reading. Without O_NONBLOCK the opening of a named pipe blocks a thread until another process writes to
 * it. Windows has no such flag.
 */
export const READ_FLAGS: number = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
