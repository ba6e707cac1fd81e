import type { TestContext } from 'node:test';

type Step = () => unknown;

const stepsOf = new WeakMap<TestContext, Step[]>();

/** Runs `step` after the test, the last one given first: a server stops before its folder is removed. */
export function cleanUp(t: TestContext, step: Step): void {
  let steps = stepsOf.get(t);
  if (steps === undefined) {
    const added: Step[] = [];
    steps = added;
    stepsOf.set(t, added);
    t.after(async () => {
      for (const last of added.reverse()) await last();
    });
  }
  steps.push(step);
}
