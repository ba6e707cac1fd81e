import * as z from 'zod';

/** What the benchmark and its processes say to each other. */
export const question = z.object({ id: z.int(), name: z.string(), params: z.unknown() });
export const answer = z.object({ id: z.int(), result: z.unknown().optional(), error: z.string().optional() });

type Answerer = (params: unknown) => unknown;

/** One thing that a process does when it is asked. */
export function on<S extends z.ZodType>(params: S, run: (params: z.output<S>) => unknown): Answerer {
  return (raw) => run(params.parse(raw));
}

/** Answers the benchmark's questions for as long as it is there. */
export function serve(answerers: Readonly<Record<string, Answerer>>): void {
  const say = (value: z.input<typeof answer>): void => void process.send?.(value);
  process.on('message', (raw) => {
    const { id, name, params } = question.parse(raw);
    const run = answerers[name];
    if (run === undefined) throw new Error(`nobody asks for ${name} here`);
    new Promise((done) => done(run(params))).then(
      (result) => say({ id, result }),
      (error: unknown) => say({ id, error: error instanceof Error ? (error.stack ?? '') : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
}
