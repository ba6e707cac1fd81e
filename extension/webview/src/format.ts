import { localDay, previousDay } from './model/calendar.ts';
import { strings } from './strings.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How times and sizes are written for one locale, in this machine's time zone. */
export interface Format {
  /** 10:42 */
  time(at: number): string;
  /** 10:42:07 */
  exactTime(at: number): string;
  /** Today, Yesterday, or the date. */
  day(at: number, now: number): string;
  /** The time, with its day unless that is the day of `beside`. */
  timeBeside(at: number, beside: number, now: number): string;
  /** Everything, for tooltips. */
  full(at: number): string;
  /** For `datetime` of <time>. */
  iso(at: number): string;
  /** "last seen …" */
  lastSeen(at: number, now: number): string;
  /** A text's size, rounded up, so that one byte too many is never shown as the limit itself. */
  kib(bytes: number): string;
}

export function createFormat(locale: string | undefined): Format {
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  const exact = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
  const thisYear = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
  const otherYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' });
  const amount = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

  const date = (at: number, now: number): string =>
    (new Date(at).getFullYear() === new Date(now).getFullYear() ? thisYear : otherYear).format(at);

  const day = (at: number, now: number): string => {
    const start = localDay(at);
    if (start === localDay(now)) return strings.today;
    if (start === previousDay(now)) return strings.yesterday;
    return date(at, now);
  };

  return {
    time: (at) => time.format(at),
    exactTime: (at) => exact.format(at),
    day,
    timeBeside: (at, beside, now) =>
      localDay(at) === localDay(beside) ? time.format(at) : strings.dayAndTime(day(at, now), time.format(at)),
    full: (at) => full.format(at),
    iso: (at) => new Date(at).toISOString(),
    lastSeen(at, now) {
      const ago = now - at;
      if (ago < MINUTE_MS) return strings.lastSeenNow;
      if (ago < HOUR_MS) return strings.lastSeenMinutes(Math.floor(ago / MINUTE_MS));
      if (localDay(at) === localDay(now)) return strings.lastSeenToday(time.format(at));
      if (localDay(at) === previousDay(now)) return strings.lastSeenYesterday(time.format(at));
      return strings.lastSeenOn(date(at, now));
    },
    kib: (bytes) => strings.kib(amount.format(Math.ceil((bytes * 10) / 1024) / 10)),
  };
}
