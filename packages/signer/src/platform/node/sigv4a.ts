/** Whether scopes of SigV4a occur, which have a set of regions. */
export const hasSigv4a = true;
