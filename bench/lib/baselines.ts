import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { Helper } from './helper.ts';
import { median } from './figures.ts';

const ports = z.object({ plain: z.int(), tls: z.int() });

/** A bare `ws` server and client, each a process of its own. */
export class Ws {
  readonly #server: Helper;
  readonly #client: Helper;
  readonly #ports: z.output<typeof ports>;

  private constructor(server: Helper, client: Helper, found: z.output<typeof ports>) {
    this.#server = server;
    this.#client = client;
    this.#ports = found;
  }

  static async start(): Promise<Ws> {
    const server = new Helper('echo');
    return new Ws(server, new Helper('echo-client'), await server.ask('ports', {}, ports));
  }

  /** Messages of this size that are acknowledged in a second, 64 in flight. */
  rate(bytes: number, ms: number): Promise<number> {
    return this.#client.ask('rate', { port: this.#ports.plain, bytes, inFlight: 64, ms }, z.number());
  }

  /** Milliseconds. */
  roundTrip(): Promise<number> {
    return this.#client.ask('roundTrip', { port: this.#ports.plain, count: 200 }, z.number());
  }

  /** Milliseconds from dialling to the first acknowledgement. */
  dial(): Promise<number> {
    return this.#client.ask('dial', { port: this.#ports.plain, tls: false, count: 5 }, z.number());
  }

  /** The same over TLS as a link has it. */
  dialSecurely(): Promise<number> {
    return this.#client.ask('dial', { port: this.#ports.tls, tls: true, count: 5 }, z.number());
  }

  async stop(): Promise<void> {
    await this.#client.stop();
    await this.#server.stop();
  }
}

/** Milliseconds of one `synchronous=FULL` commit of one row, in a file of its own below this folder. */
export function commit(below: string): number {
  const folder = mkdtempSync(join(below, 'commit-'));
  const db = new DatabaseSync(join(folder, 'commit.db'));
  db.exec(
    'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA fullfsync=1; CREATE TABLE rows (text TEXT)',
  );
  const insert = db.prepare('INSERT INTO rows VALUES (?)');
  const times = Array.from({ length: 100 }, () => {
    const start = performance.now();
    insert.run('x'.repeat(256));
    return performance.now() - start;
  });
  db.close();
  return median(times);
}
