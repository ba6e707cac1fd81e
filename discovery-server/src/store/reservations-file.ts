import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import { decodeJson, MalformedError } from '@p2p-chat/protocol/text';
import { writeDurably } from '../durable-file.ts';
import { DamagedAccountsError, systemCode } from '../errors.ts';
import { reservation, type ReservationStore } from '../reservations.ts';

/** The file in the data folder. */
export const RESERVATIONS_FILE = 'reservations.json';

/** Reservations in a file of the data folder, which this process holds. */
export function reservationsFile(folder: string): ReservationStore {
  const file = path.join(folder, RESERVATIONS_FILE);
  return {
    async load() {
      const text = await readFile(file, 'utf8').catch((error: unknown) => {
        if (systemCode(error) === 'ENOENT') return '[]';
        throw error;
      });
      try {
        return decodeJson(z.array(reservation), text);
      } catch (cause) {
        if (!(cause instanceof MalformedError)) throw cause;
        throw new DamagedAccountsError(
          `${file} is damaged: ${cause.message}. Restore it from a backup, or remove it (the names in it are free ` +
            `for everybody then), and start again.`,
          { cause },
        );
      }
    },
    async save(reservations) {
      await writeDurably(file, `${JSON.stringify(reservations)}\n`);
    },
  };
}
