/** The person whose VS Code is in the pictures, and everybody around. */
import type { ChatPanel } from '../../test/harness/chat-panel.ts';
import { TestDiscovery } from '../../test/harness/discovery.ts';
import { TestUser } from '../../test/harness/user.ts';
import type { Workbench } from '../../test/harness/workbench.ts';
import { Player, playUnreachable } from '../../test/harness/player.ts';

/** What a picture has unless it is about its size. */
export const SIZE = { width: 1024, height: 704 };

const CODE = `Mine: the clock comes in as an argument now.
\`\`\`ts
// Tests wait for events, never for milliseconds.
export async function retry<T>(work: Work<T>, clock: Clock): Promise<T> {
  for (let delay = 100; ; delay *= 2) {
    const result = await work.attempt();
    if (result.ok) return result.value;
    await clock.wait(delay, \`again after \${result.error.message}\`);
  }
}
\`\`\``;

const REVIEW = `Nice! Two things before it goes in:
1. give up after **five** attempts
2. say *why* in the log, as in https://example.com/logs`;

export class Stage {
  readonly sam: TestUser;
  readonly #team: TestDiscovery;
  readonly #elsewhere: TestDiscovery;
  readonly #players = new Map<string, Player>();
  /** The identity of whoever shares a name with somebody in the team. */
  namesake = '';
  #window: Workbench | undefined;
  #endUnreachable: (() => Promise<void>) | undefined;

  private constructor(sam: TestUser, team: TestDiscovery, elsewhere: TestDiscovery) {
    this.sam = sam;
    this.#team = team;
    this.#elsewhere = elsewhere;
  }

  /** An open window of somebody who has no account yet. */
  static async start(): Promise<Stage> {
    const [team, elsewhere] = await Promise.all([TestDiscovery.start(), TestDiscovery.start()]);
    const sam = await TestUser.start({
      name: 'Sam',
      viewport: SIZE,
      settings: {
        'p2pChat.listenHost': '127.0.0.1',
        'window.commandCenter': false,
        'workbench.layoutControl.enabled': false,
        'workbench.editor.showTabs': 'multiple',
      },
    });
    const stage = new Stage(sam, team, elsewhere);
    stage.#window = await sam.openWindow();
    await stage.window.openView('P2P Chat');
    return stage;
  }

  get window(): Workbench {
    if (this.#window === undefined) throw new Error('no window is open yet');
    return this.#window;
  }

  player(name: string): Player {
    const player = this.#players.get(name);
    if (player === undefined) throw new Error(`${name} is not on the stage`);
    return player;
  }

  /** The first time online, at a server where nobody else is. */
  async goOnline(): Promise<void> {
    await this.window.runCommand('P2P Chat: Go Online');
    await this.#answer(this.#elsewhere.url);
    await this.window.answerNotification(/You are online as Sam/, /Clear/).catch(() => undefined);
  }

  /** Somebody of a name that somebody in the team has as well. */
  async meetNamesake(): Promise<void> {
    const dana = await this.#enter('Dana', this.#elsewhere.url);
    this.namesake = dana.identity;
    await this.#talk('Dana', 'It was nice to meet you at the conference!');
    await dana.say(await dana.meet('Sam'), 'Likewise. See you next year.');
    await (await this.window.chat('Dana')).message('Likewise').waitFor();
    await this.closeEditors();
    await dana.stop();
    this.#players.delete('Dana');
    await this.window.runCommand('P2P Chat: Change Server or Name');
    await this.#answer(this.#team.url);
    await this.window.statusItem(/: online as Sam/).waitFor();
  }

  /** The team comes, and what the pictures are of happens. */
  async meetTeam(): Promise<void> {
    const { url } = this.#team;
    for (const name of ['Carol', 'Dave', 'Ivan', 'Grace', 'Frank', 'Bea', 'Erin', 'Dana'])
      await this.#enter(name, url);
    this.#endUnreachable = await playUnreachable('Heidi', url, [
      { address: '127.0.0.1', port: 4711 },
      { address: '::1', port: 4711 },
    ]);
    // A click into a list that changes just then may be lost.
    for (const name of ['Grace', 'Heidi', 'Ivan']) await this.window.treeItem(name).waitFor();
    await this.#heldAndRefused();
    await this.#changeIdentities();
    await this.#request();
    await this.#busyChat();
    await this.closeEditors();
  }

  async closeEditors(): Promise<void> {
    await this.window.runCommand('View: Close All Editors');
  }

  /** A chat that is open alone. */
  async openAlone(name: string | RegExp): Promise<void> {
    await this.closeEditors();
    await this.window.openView('P2P Chat');
    await this.window.treeItem(name).first().click();
    await this.pointAway();
  }

  /** What the pointer is on shows a tooltip, which may cover what is to be clicked next. */
  async pointAway(): Promise<void> {
    await this.window.page.mouse.move(SIZE.width / 2, 0);
    await this.window.page.locator('.workbench-hover:visible').waitFor({ state: 'detached' });
  }

  async #open(name: string): Promise<ChatPanel> {
    const chat = await this.window.openChat(name);
    await this.pointAway();
    return chat;
  }

  async chatAlone(name: string): Promise<ChatPanel> {
    await this.openAlone(name);
    return this.window.chat(name);
  }

  async stop(): Promise<void> {
    await Promise.allSettled([
      this.sam.dispose(),
      this.#endUnreachable?.(),
      ...[...this.#players.values()].map((player) => player.stop()),
    ]);
    await Promise.allSettled([this.#team.dispose(), this.#elsewhere.dispose()]);
  }

  async #answer(server: string): Promise<void> {
    await this.window.answer('discovery server', server);
    await this.window.answer('name', 'Sam');
    await this.window.pick(/Advanced/, /^Go Online/);
    await this.window.statusItem(/: online as Sam/).waitFor();
  }

  async #enter(name: string, server: string): Promise<Player> {
    const player = await Player.start(name, server);
    this.#players.set(name, player);
    return player;
  }

  /** Opens a chat, writes, and waits for the message to arrive. */
  async #talk(name: string, text: string): Promise<ChatPanel> {
    const chat = await this.#open(name);
    await chat.send(text);
    await chat.arrived(text).waitFor();
    return chat;
  }

  async #heldAndRefused(): Promise<void> {
    const [frank, grace] = [this.player('Frank'), this.player('Grace')];
    const franks = await this.#talk('Frank', 'Do you have a minute for the release notes?');
    await frank.say(await frank.meet('Sam'), 'In an hour. Leave me a note, I read it when I am back.');
    await frank.goOffline();
    await franks.notice('Frank is offline').waitFor();
    await franks.send('The third paragraph promises too much.');
    await franks.send('And the date is *tomorrow*, not today.');
    await franks.message('tomorrow').getByText('held').waitFor();

    const graces = await this.#talk('Grace', 'Hi Grace, I am Sam from the build team.');
    await grace.window.until('Grace knows Sam', () => grace.window.knows('Sam'));
    await grace.window.request('setStanding', { contact: grace.window.idOf('Sam'), standing: 'ignored' });
    await graces.send('May I ask you something about the release keys?');
    await graces
      .message('release keys')
      .getByText(/^refused/)
      .waitFor();

    await (await this.#open('Heidi')).send('Can you reach the new build machine?');
  }

  /** Both are replaced by somebody else; one of them was verified. */
  async #changeIdentities(): Promise<void> {
    for (const name of ['Dave', 'Ivan']) {
      const player = this.player(name);
      const chat = await this.#talk(name, 'The keys for the staging server are with you?');
      await player.say(await player.meet('Sam'), 'Yes. I do not give them away in a chat, though.');
      await chat.message('give them away').waitFor();
      if (name === 'Dave') await this.verify(name, true);
      await player.window.request('deleteAccount', {});
      await player.stop();
      const other = await this.#enter(name, this.#team.url);
      await other.window.until(`the other ${name} sees Sam`, () => other.window.knows('Sam'));
      await this.window.treeItem(new RegExp(`^${name}, .*identity changed`)).waitFor();
    }
    await this.closeEditors();
  }

  /** Opens the card with the numbers that are compared. */
  async verify(name: string, same: boolean): Promise<void> {
    const chat = await this.window.chat(name);
    await chat.frame.getByRole('button', { name: new RegExp(`(Verify|shared with) ${name}`) }).click();
    const card = await this.window.webview(`Verify ${name}`);
    await card.getByRole('button', { name: 'They Are the Same' }).waitFor();
    if (!same) return;
    await card.getByRole('button', { name: 'They Are the Same' }).click();
    await card.getByText('Verified: you have compared').waitFor();
  }

  async #request(): Promise<void> {
    const erin = this.player('Erin');
    await erin.say(await erin.meet('Sam'), 'Hello Sam, I am new in the team. Whom do I ask for a review?');
    await this.window.treeItem(/^Erin, .*message request/).waitFor();
  }

  async #busyChat(): Promise<void> {
    const carol = this.player('Carol');
    const sam = await carol.meet('Sam');
    await this.#talk('Carol', 'Good morning!');
    await this.verify('Carol', true);
    const chat = await this.#open('Carol');
    await carol.window.request('setStatusText', { text: 'Reviewing' });
    await carol.say(sam, 'Morning! `retry.test.ts` waits for **real time** and failed in the night.');
    await chat.message('failed in the night').waitFor();
    await chat.act('failed in the night', 'React with 👀');
    await chat.send(CODE);
    const code = await carol.message('the clock comes in');
    for (const emoji of ['🎉', '👍'])
      await carol.change(sam, { kind: 'reaction', message: code.id, by: 'recipient', emoji, on: true });
    await carol.say(sam, REVIEW, code);
    await chat.message('Two things').waitFor();
    await chat.act('Two things', 'React with 👍');
    await carol.change(sam, {
      kind: 'delete',
      message: (await carol.say(sam, 'Wrong window.')).id,
    });
    await chat.message('This message was deleted.').waitFor();
    await chat.send('Doen.');
    await chat.arrived('Doen.').waitFor();
    await chat.box.press('ArrowUp');
    await chat.send('Done, and pushed to the `retry` branch.');
    await carol.message('pushed to the');
    await carol.read(sam);
    await chat.message('pushed to the').getByText('read', { exact: true }).waitFor();
  }
}
