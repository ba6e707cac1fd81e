/** What there is a picture of: how each comes about, and in which themes it is taken. */
import { groupedFingerprint } from '../../extension/src/vscode/labels.ts';
import type { Stage } from './stage.ts';
import { SIZE } from './stage.ts';

export interface Scene {
  /** The beginning of the file's name. */
  readonly name: string;
  /** Also in both themes of high contrast. */
  readonly contrast?: boolean;
  /** The pointer is part of the picture. */
  readonly pointer?: boolean;
  /** Twice as many pixels as the window is wide. */
  readonly zoom?: { readonly width: number; readonly height: number };
  readonly show: (stage: Stage) => Promise<unknown>;
  readonly leave?: (stage: Stage) => Promise<void>;
}

/** Before there is an account. */
export const beforeAccount: readonly Scene[] = [
  {
    name: 'walkthrough',
    show: async ({ window }) => {
      // Wide enough for the pictures of the steps.
      await window.page.setViewportSize({ width: 1280, height: SIZE.height });
      await window.runCommand('P2P Chat: Get Started');
      await window.page.locator('.gettingStartedContainer').getByText('Say hello', { exact: true }).waitFor();
      await window.page.locator('.gettingStartedContainer iframe.webview.ready').waitFor();
      await window.openView('P2P Chat');
      // Going online is also in the title of the view while the pointer is there.
      await window.sideBar.getByRole('button', { name: 'Join with an Invite' }).waitFor();
    },
    leave: ({ window }) => window.page.setViewportSize(SIZE),
  },
];

/** Online, where nobody else is. */
export const alone: readonly Scene[] = [
  {
    name: 'nobody',
    show: async (stage) => {
      await stage.closeEditors();
      await stage.window.openView('P2P Chat');
      await stage.window.sideBar.getByText('there is nobody to write to yet').waitFor();
    },
  },
  {
    name: 'invite',
    show: async (stage) => {
      await stage.closeEditors();
      await stage.window.runCommand('P2P Chat: Invite a Colleague');
      const card = await stage.window.webview('Invite a Colleague');
      await card.getByRole('textbox').first().waitFor();
      await stage.window.runCommand('Notifications: Clear All Notifications');
    },
    leave: (stage) => stage.closeEditors(),
  },
];

async function writing(stage: Stage): Promise<void> {
  const chat = await stage.window.chat('Carol');
  // Only a page that is there hears of it.
  await chat.rows.first().waitFor();
  const carol = stage.player('Carol');
  await carol.window.request('typing', { contact: carol.window.idOf('Sam') });
  await chat.frame.getByText('Carol is writing…').waitFor();
}

/** With everybody. */
export const inTeam: readonly Scene[] = [
  {
    name: 'chat',
    contrast: true,
    show: async (stage) => {
      await stage.chatAlone('Carol');
      await writing(stage);
    },
  },
  {
    name: 'actions',
    contrast: true,
    pointer: true,
    show: async (stage) => {
      const chat = await stage.chatAlone('Carol');
      await chat.act('Two things', 'Reply');
      await chat.box.fill('Five it is :tad');
      await chat.box.press('a');
      await chat.frame.getByRole('listbox').waitFor();
      await chat.message('pushed to the').hover();
    },
    leave: async (stage) => {
      const chat = await stage.window.chat('Carol');
      await chat.box.fill('');
      await chat.frame.getByRole('button', { name: /^Cancel/ }).click();
    },
  },
  {
    name: 'reactions',
    pointer: true,
    show: async (stage) => {
      const chat = await stage.chatAlone('Carol');
      await chat.act('Two things', 'More Reactions…');
      await chat.frame.getByRole('combobox').fill('heart');
      await chat.frame.getByRole('option', { name: 'heart', exact: true }).waitFor();
    },
  },
  { name: 'empty', show: (stage) => stage.chatAlone('Bea') },
  {
    name: 'held',
    contrast: true,
    show: async (stage) => {
      const chat = await stage.chatAlone('Frank');
      await chat.message('tomorrow').getByText('held').waitFor();
    },
  },
  {
    name: 'refused',
    show: async (stage) => {
      const chat = await stage.chatAlone('Grace');
      await chat
        .message('release keys')
        .getByText(/^refused/)
        .waitFor();
    },
  },
  { name: 'identity', contrast: true, show: (stage) => stage.chatAlone('Dave') },
  { name: 'identity-unverified', show: (stage) => stage.chatAlone('Ivan') },
  { name: 'request', contrast: true, show: (stage) => stage.chatAlone('Erin') },
  {
    name: 'namesakes',
    show: async (stage) => {
      const mark = groupedFingerprint(stage.namesake).slice(0, 19);
      await stage.openAlone(new RegExp(`^Dana, .*${mark}`));
      const page = await stage.window.webview(`Dana (${mark})`);
      await page.getByText('See you next year').waitFor();
    },
  },
  {
    name: 'why',
    contrast: true,
    show: async (stage) => {
      const chat = await stage.chatAlone('Heidi');
      await chat
        .message('build machine')
        .getByRole('button', { name: /why is it not delivered/ })
        .click();
      const card = await stage.window.webview('Delivery to Heidi');
      await card.getByText('nothing listens on this port').first().waitFor();
    },
  },
  {
    name: 'verify',
    contrast: true,
    show: async (stage) => {
      await stage.chatAlone('Bea');
      await stage.verify('Bea', false);
    },
  },
  {
    name: 'search',
    show: async (stage) => {
      await stage.chatAlone('Carol');
      await stage.window.runCommand('P2P Chat: Search Messages');
      await (await stage.window.quickInputStep('Search Messages')).fill('the');
      await stage.window.quickInput.getByRole('option', { name: /clock/ }).first().waitFor();
    },
    leave: async ({ window }) => {
      await window.page.keyboard.press('Escape');
      await window.page.keyboard.press('Escape');
    },
  },
  {
    name: 'notification',
    contrast: true,
    show: async (stage) => {
      await stage.closeEditors();
      const dana = stage.player('Bea');
      await dana.say(
        await dana.meet('Sam'),
        'The release notes are ready. Do you want to look before I send them?',
      );
      await stage.window.notified(/release notes are ready/);
    },
    leave: async ({ window }) => {
      await window.answerNotification(/release notes are ready/, 'Reply');
      await window.chat('Bea');
    },
  },
  {
    name: 'narrow',
    contrast: true,
    show: async (stage) => {
      await stage.window.page.setViewportSize({ width: 640, height: SIZE.height });
      await stage.chatAlone('Carol');
      await writing(stage);
    },
    leave: (stage) => stage.window.page.setViewportSize(SIZE),
  },
  {
    name: 'zoomed',
    zoom: { width: 640, height: 440 },
    show: async (stage) => {
      await stage.chatAlone('Carol');
      await stage.window.runCommand('View: Toggle Primary Side Bar Visibility');
      await stage.window.page.setViewportSize({ width: 640, height: 440 });
    },
    leave: async (stage) => {
      await stage.window.page.setViewportSize(SIZE);
      await stage.window.openView('P2P Chat');
    },
  },
];
