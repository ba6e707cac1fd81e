import assert from 'node:assert/strict';
import { after, before, it, type TestContext } from 'node:test';
import { MissingPrerequisite } from '../../../../scripts/lib/prerequisite.ts';
import { PageLab, type CardPage, type OpenOptions, type PanelPage } from './browser.ts';

/** Makes a test in the browser; skipped, with the reason, where there is none. No page may have had troubles. */
export type InPage<Open> = (
  name: string,
  options: OpenOptions,
  body: (page: Open, t: TestContext) => Promise<void>,
) => void;

/** For tests of the chat page; called once in a test file. `time`: as of PageLab.start(). */
export function chatPages(time?: 'fixed' | 'real'): InPage<PanelPage> {
  return inPages((lab, options) => lab.open(options), time);
}

/** For tests of cards; called once in a test file. */
export function cardPages(): InPage<CardPage> {
  return inPages((lab, options) => lab.openCard(options));
}

function inPages<Open extends PanelPage | CardPage>(
  open: (lab: PageLab, options: OpenOptions) => Promise<Open>,
  time?: 'fixed' | 'real',
): InPage<Open> {
  let lab: PageLab | MissingPrerequisite;
  before(async () => {
    lab = await PageLab.start(time);
  });
  after(async () => {
    if (lab instanceof PageLab) await lab.stop();
  });
  return (name, options, body) => {
    void it(name, async (t: TestContext) => {
      if (lab instanceof MissingPrerequisite) {
        t.skip(lab.message);
        return;
      }
      const page = await open(lab, options);
      await body(page, t);
      assert.deepEqual(page.troubles, []);
    });
  };
}
