import fc from 'fast-check';
import type { Accident } from './disks.ts';
import { type Stage, type User, WORKSPACES } from './stage.ts';

/** One thing that a person, a machine or a network does. The stage has the model of what has to follow from it. */
export class Command implements fc.AsyncCommand<object, Stage> {
  readonly #does: string;
  readonly #run: (stage: Stage) => void | Promise<void>;

  constructor(does: string, run: (stage: Stage) => void | Promise<void>) {
    this.#does = does;
    this.#run = run;
  }

  /** Everything may happen at any time. */
  check(): boolean {
    return true;
  }

  async run(_: object, stage: Stage): Promise<void> {
    await this.#run(stage);
  }

  toString(): string {
    return this.#does;
  }
}

type Who = 'sam' | 'carol';
const who = fc.constantFrom<Who>('sam', 'carol');
const folder = fc.constantFrom(null, ...WORKSPACES);
const kind = fc.constantFrom<Accident['kind']>('fail', 'die-before', 'die-after', 'cut');

function by(does: string, run: (stage: Stage, user: User) => void | Promise<void>): fc.Arbitrary<Command> {
  return who.map((name) => new Command(`${does}(${name})`, (stage) => run(stage, stage[name])));
}

function all(does: string, run: (stage: Stage) => void | Promise<void>): fc.Arbitrary<Command> {
  return fc.constant(new Command(does, run));
}

const writes = fc.tuple(who, folder, fc.integer({ min: 1, max: 3 })).map(
  ([name, into, count]) =>
    new Command(`write(${name}, ${into ?? 'no folder'}, ${count})`, (stage) => {
      for (let each = 0; each < count; each += 1) stage.write(stage[name], into);
    }),
);

const accidents = fc
  .tuple(who, fc.oneof(fc.nat(3), fc.nat(14)), kind)
  .map(
    ([name, after, of]) =>
      new Command(`accident(${name}, ${of} after ${after} calls)`, (stage) =>
        stage[name].disks.expect({ after, kind: of }),
      ),
  );

const passing = fc
  .integer({ min: 1, max: 120 })
  .map((seconds) => new Command(`pass(${seconds} s)`, (stage) => stage.pass(seconds * 1_000)));

/** Everything that can happen, the likely more often. */
export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: writes },
  { weight: 8, arbitrary: accidents },
  { weight: 6, arbitrary: all('settle', (stage) => stage.settle()) },
  { weight: 3, arbitrary: passing },
  { weight: 2, arbitrary: all('cut', (stage) => stage.world.cutAll()) },
  { weight: 1, arbitrary: all('network down', (stage) => stage.setNetwork(false)) },
  { weight: 2, arbitrary: all('network up', (stage) => stage.setNetwork(true)) },
  { weight: 1, arbitrary: all('server down', (stage) => stage.setServer(false)) },
  { weight: 2, arbitrary: all('server up', (stage) => stage.setServer(true)) },
  { weight: 1, arbitrary: by('offline', (stage, user) => stage.setOnline(user, false)) },
  { weight: 2, arbitrary: by('online', (stage, user) => stage.setOnline(user, true)) },
  { weight: 2, arbitrary: by('open', (stage, user) => stage.open(user)) },
  {
    weight: 3,
    arbitrary: by('crash', (stage, user) => {
      user.disks.die();
      return stage.restart(user);
    }),
  },
  { weight: 2, arbitrary: by('close and start', (stage, user) => stage.restart(user)) },
  { weight: 1, arbitrary: by('block', (stage, user) => stage.setBlock(user, true)) },
  { weight: 2, arbitrary: by('unblock', (stage, user) => stage.setBlock(user, false)) },
  { weight: 1, arbitrary: by('forget', (stage, user) => stage.forget(user)) },
  { weight: 1, arbitrary: by('back up', (_, user) => void (user.backup = user.platters.age)) },
  { weight: 1, arbitrary: by('restore the backup', (stage, user) => stage.restore(user, user.backup)) },
  { weight: 1, arbitrary: by('lose the history', (stage, user) => stage.restore(user, 0)) },
);
