import { pino } from 'pino';
import * as z from 'zod';
import { startDiscoveryServer } from '../../discovery-server/src/server.ts';
import { FastClock } from './fast-clock.ts';

/** A discovery server in a process of its own, with the clock of a fault run. To be forked. */

const place = z.object({ port: z.coerce.number().int(), dataDir: z.string() });
const [port, dataDir] = process.argv.slice(2);
startDiscoveryServer({
  ...place.parse({ port, dataDir }),
  host: '127.0.0.1',
  logger: pino({ level: 'silent' }),
  clock: new FastClock(),
}).then(
  (server) => process.send?.({ port: server.address.port }),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
// It is only ever killed; when the driver is gone, it goes too.
process.on('disconnect', () => process.exit());
