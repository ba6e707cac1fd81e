import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import * as z from 'zod';
import { type DiscoveryServer, startDiscoveryServer } from '../../src/server.ts';
import { memoryAnswer, memoryInUse } from './process-memory.ts';

/**
 * A discovery server in a process of its own, so that its memory is its own and whatever takes it down is seen. To be
 * forked as `MEASURABLE` says; it answers one question after the other.
 */

export const question = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('start'), dataDir: z.string() }),
  z.object({ ask: z.literal('memory') }),
  z.object({ ask: z.literal('prototype') }),
  z.object({ ask: z.literal('stop') }),
]);
export type Question = z.infer<typeof question>;

export const answers = {
  start: z.object({ url: z.string() }),
  memory: memoryAnswer,
  /** What every object inherits. */
  prototype: z.array(z.string()),
  stop: z.object({}),
} as const;
type Answers = { [Ask in keyof typeof answers]: z.infer<(typeof answers)[Ask]> };

let server: DiscoveryServer | undefined;

const deal: { [Ask in keyof Answers]: (asked: Extract<Question, { ask: Ask }>) => Promise<Answers[Ask]> } = {
  start: async ({ dataDir }) => {
    server = await startDiscoveryServer({
      host: '127.0.0.1',
      port: 0,
      dataDir,
      tls: 'self-made',
      logger: pino({ level: 'silent' }),
    });
    return { url: server.url };
  },
  memory: memoryInUse,
  prototype: () => {
    const all: string[] = [];
    for (const key in {}) all.push(key);
    return Promise.resolve([...all, ...Object.getOwnPropertyNames(Object.prototype)]);
  },
  stop: async () => {
    await server?.stop();
    return {};
  },
};

/** Whoever asked is gone, without a word: nobody would end this process. */
const exit = (): void => process.exit();

async function answer(raw: unknown): Promise<void> {
  const asked = question.parse(raw);
  const dealWith = deal[asked.ask] as (asked: Question) => Promise<object>;
  process.send?.({ answer: await dealWith(asked) });
  if (asked.ask === 'stop') {
    process.off('disconnect', exit);
    process.disconnect();
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.on('message', (raw) => void answer(raw));
  process.on('disconnect', exit);
}
