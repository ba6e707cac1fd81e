/** The start of the local day of `at`, as a timestamp: equal for two times of one day, whatever daylight saving does. */
export function localDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** The start of the day before the local day of `at`. */
export function previousDay(at: number): number {
  const day = new Date(at);
  day.setDate(day.getDate() - 1);
  return day.setHours(0, 0, 0, 0);
}
