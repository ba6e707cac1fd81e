import type { Dice } from './dice.ts';
import { everydayPoints, killPoints, type KillPoint } from './kill-points.ts';
import type { Person } from './person.ts';
import type { Weather } from './road.ts';
import type { ChangePick, World } from './world.ts';

/** Something that happens to one of the two people. What lasts, lasts until the round's end. */
type Personal = { readonly who: 0 | 1 } & (
  | { readonly kind: 'write'; readonly windows: readonly number[]; readonly bytes: number }
  | { readonly kind: 'change'; readonly picks: readonly ChangePick[] }
  | { readonly kind: 'kill'; readonly windowsToo: boolean }
  | { readonly kind: 'kill at a point'; readonly point: KillPoint; readonly passes: number }
  | { readonly kind: 'kill, and once more at a point'; readonly point: KillPoint }
  | { readonly kind: 'close VS Code' }
  | { readonly kind: 'kill, and stay away' }
  | { readonly kind: 'kill, and delete a workspace'; readonly workspace: number }
  | { readonly kind: 'kill, with the conversation'; readonly open: boolean }
  | { readonly kind: 'set the clock'; readonly days: number }
  | {
      readonly kind: 'fill the disk';
      readonly share: number;
      readonly seed: number;
      /** The person does not try again what was not taken. */
      readonly givesUp: boolean;
    }
);

/** Something that happens to everybody. What lasts, lasts until the round's end. */
type Common =
  | { readonly kind: 'cut the links' }
  | ({ readonly kind: 'slow roads' } & Weather)
  | { readonly kind: 'silence the links'; readonly direction: 'forth' | 'back' | 'both' }
  | { readonly kind: 'close the roads' }
  | { readonly kind: 'kill the discovery server' };

/** One thing that happens in a round, so many milliseconds after it began. */
export type Happening = { readonly at: number } & (Personal | Common);

const DAY_MS = 24 * 60 * 60 * 1_000;

type Maker = (dice: Dice, who: 0 | 1) => Personal | Common;

/** What can happen; what stands here several times happens more often. */
const makers: readonly Maker[] = [
  (dice, who) => ({ kind: 'kill', who, windowsToo: dice.chance(0.2) }),
  (dice, who) => ({ kind: 'kill', who, windowsToo: dice.chance(0.2) }),
  (dice, who) => ({
    kind: 'kill at a point',
    who,
    point: dice.pick(everydayPoints),
    passes: dice.between(0, 4),
  }),
  (dice, who) => ({
    kind: 'kill at a point',
    who,
    point: dice.pick(everydayPoints),
    passes: dice.between(0, 4),
  }),
  (dice, who) => ({ kind: 'kill, and once more at a point', who, point: dice.pick(killPoints) }),
  (_, who) => ({ kind: 'close VS Code', who }),
  (_, who) => ({ kind: 'kill, and stay away', who }),
  (dice, who) => ({ kind: 'kill, and delete a workspace', who, workspace: dice.between(1, 3) }),
  (dice, who) => ({ kind: 'kill, with the conversation', who, open: dice.chance(0.5) }),
  () => ({ kind: 'cut the links' }),
  () => ({ kind: 'cut the links' }),
  (dice) => ({
    kind: 'slow roads',
    delayMs: dice.between(1, 80),
    bytesPerTick: dice.pick([200, 2_000, 1e9]),
  }),
  (dice) => ({ kind: 'silence the links', direction: dice.pick(['forth', 'back', 'both']) }),
  () => ({ kind: 'close the roads' }),
  () => ({ kind: 'kill the discovery server' }),
  (dice, who) => ({ kind: 'set the clock', who, days: dice.between(-400, 400) }),
  (dice, who) => ({
    kind: 'fill the disk',
    who,
    share: dice.pick([0.1, 0.5, 1]),
    seed: dice.between(0, 1e6),
    givesUp: dice.chance(0.5),
  }),
];

/** How long a round's faults go on, milliseconds. */
const LASTS_MS = 250;

/** What happens in one round, in order of time: a few bursts of each person, and one to three faults between them. */
export function planRound(dice: Dice): Happening[] {
  const happenings: Happening[] = [];
  for (const who of [0, 1] as const) {
    for (let burst = dice.between(1, 4); burst > 0; burst -= 1) {
      const windows = Array.from({ length: dice.between(1, 20) }, () => dice.between(0, 3));
      const bytes = dice.pick([0, 0, 0, 500, 5_000]);
      happenings.push({ at: dice.between(0, LASTS_MS), kind: 'write', who, windows, bytes });
    }
    const picks = Array.from({ length: dice.between(0, 6) }, () => planChange(dice));
    if (picks.length > 0) happenings.push({ at: dice.between(0, LASTS_MS), kind: 'change', who, picks });
  }
  for (let count = dice.between(1, 3); count > 0; count -= 1) {
    const who = dice.pick([0, 1] as const);
    happenings.push({ at: dice.between(0, LASTS_MS), ...dice.pick(makers)(dice, who) });
  }
  return happenings.sort((a, b) => a.at - b.at);
}

function planChange(dice: Dice): ChangePick {
  const kind = dice.pick(['edit', 'delete', 'reaction', 'reaction'] as const);
  return { kind, part: dice.fraction(), window: dice.between(0, 3) };
}

/** A line for each, for whoever reads why a round failed. */
export function describeRound(happenings: readonly Happening[]): string[] {
  return happenings.map((happening) => {
    const { at, kind, ...rest } = happening;
    const details = Object.entries(rest).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
    const text = 'windows' in rest ? `who ${rest.who}, ${rest.windows.length} messages` : details.join(', ');
    return `${String(at).padStart(4)} ms: ${kind} ${text}`.trimEnd();
  });
}

/** Makes one thing happen; ends when it did, though what it leads to goes on. */
export async function happen(world: World, happening: Happening): Promise<void> {
  if ('who' in happening) await happenTo(world, world.people[happening.who], happening);
  else await happenToAll(world, happening);
}

async function happenTo(world: World, person: Person, happening: Personal): Promise<void> {
  switch (happening.kind) {
    case 'write': {
      const windows = happening.windows.map((index) => person.windows[index] ?? null);
      world.write(person, windows, happening.bytes);
      return;
    }
    case 'change':
      world.change(person, happening.picks);
      return;
    case 'kill':
      person.kill();
      if (happening.windowsToo) person.closeWindows();
      return;
    case 'kill at a point':
      return person.arm(happening);
    case 'kill, and once more at a point':
      person.armNext({ point: happening.point, passes: 0 });
      person.kill();
      return;
    case 'close VS Code':
      return person.inTurn(async () => {
        await person.stop();
        await person.comeBack();
      });
    case 'kill, and stay away':
      return person.inTurn(() => person.leave());
    case 'kill, and delete a workspace':
      return person.inTurn(async () => {
        const folder = person.windows[happening.workspace];
        await person.leave();
        if (typeof folder === 'string') person.deleteWorkspace(folder);
        await person.comeBack();
      });
    case 'kill, with the conversation':
      person.open = happening.open;
      person.kill();
      return;
    case 'set the clock':
      return person.setClock(happening.days * DAY_MS);
    case 'fill the disk':
      return person.troubleDisk(happening);
  }
}

async function happenToAll({ roads, discovery }: World, happening: Common): Promise<void> {
  switch (happening.kind) {
    case 'cut the links':
      for (const road of roads) road.cut();
      return;
    case 'slow roads':
      for (const road of roads) road.weather = happening;
      return;
    case 'silence the links':
      for (const road of roads) road.silence(happening.direction);
      return;
    case 'close the roads':
      for (const road of roads) {
        road.close();
        road.cut();
      }
      return;
    case 'kill the discovery server':
      return discovery.kill();
  }
}

/** Ends what lasts. */
export async function mend(
  { people, roads, discovery }: World,
  happenings: readonly Happening[],
): Promise<void> {
  for (const road of roads) road.mend();
  await discovery.start();
  for (const [index, person] of people.entries()) {
    await person.arm(null);
    await person.troubleDisk(null);
    // What could not be removed from an outbox is removed at the next start.
    for (const each of happenings) {
      if (each.kind !== 'fill the disk' || each.who !== index) continue;
      if (each.givesUp) person.closeWindows();
      await person.stop();
    }
    await person.comeBack();
  }
}
