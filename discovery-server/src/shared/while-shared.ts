import { pino } from 'pino';
import { Accounts } from '../accounts.ts';
import { Administration } from '../admin/administration.ts';
import { systemClock } from '../clock.ts';
import { Directory } from '../directory.ts';
import { rosterAsHere } from '../others.ts';
import { Reservations } from '../reservations.ts';
import { Roster } from '../roster.ts';
import { Watches } from '../watches.ts';
import { openShared } from './shared.ts';

/**
 * Does something with the accounts of several servers, as one of them: the others hear of it, whether any runs or none.
 * @throws {RedisError} Redis cannot be used
 */
export async function whileShared<Result>(
  url: string,
  work: (administration: Administration) => Promise<Result>,
): Promise<Result> {
  const logger = pino({ level: 'silent' });
  const clock = systemClock;
  const now = (): number => clock.now();
  const shared = await openShared(url, { logger, clock });
  try {
    const { store } = shared;
    const directory = new Directory();
    const roster = new Roster({ directory, watches: new Watches(), store, logger });
    const reservations = await Reservations.open(shared.reservations, now);
    const here = rosterAsHere(roster, () => undefined);
    const others = await shared.join(here, () => ({ at: clock.elapsed(), wall: now() }));
    roster.join(others);
    await others.look([...directory.all()].map(({ identity }) => identity));
    const accounts = new Accounts({ store, roster, reservations, logger });
    return await work(new Administration({ roster, accounts, reservations, folder: '', now }));
  } finally {
    shared.close();
  }
}
