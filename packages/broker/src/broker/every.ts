/** Calls `run` at an interval until the returned function is called. Does not keep the process alive. */
export function every(ms: number, run: () => void): () => void {
  const timer = setInterval(run, ms);
  timer.unref();
  return () => clearInterval(timer);
}
