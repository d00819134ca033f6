export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The lower and the upper quartile. */
export function quartiles(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return [at(0.25), at(0.75)];
}

/** Half the distance between the quartiles, as a share of the median. */
export function spread(values) {
  const [lower, upper] = quartiles(values);
  return (upper - lower) / 2 / median(values);
}
