/** Calls a function again and again until the function it gives is called. Keeps no process alive. */
export function every(ms: number, run: () => void): () => void {
  const timer = setInterval(run, ms);
  timer.unref();
  return () => clearInterval(timer);
}
