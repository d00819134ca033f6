/** Whether scopes of SigV4a occur, which have a set of regions. Pages cannot make its keys. */
export const hasSigv4a = false;
