/** A copy that inherits nothing: additions to `Object.prototype` are not members of it. */
export const bare = <Members extends object>(members: Members): Members =>
  Object.assign(Object.create(null) as Members, members);
