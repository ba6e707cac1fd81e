import { setFlagsFromString } from 'node:v8';

/**
 * Keeps what V8 collects at a time as small as it is at the start: a megabyte, where it would grow to 64. Said before there is
 * much of the program. Why, and what it costs: docs/decisions/0021-small-collections.md.
 */
export function keepCollectionsSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
