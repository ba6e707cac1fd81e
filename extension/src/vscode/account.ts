import * as vscode from 'vscode';
import { nameKey } from '@p2p-chat/protocol/names';
import type { PeerClient, Problem, Snapshot, Status } from '../peer-api.ts';
import type { Answers } from './answers.ts';
import type { ChatState } from './chat-state.ts';
import { CommandId } from './command-ids.ts';
import { findBadAnswer, offeredAnswers, runFlow, type FlowEnd } from './go-online-flow.ts';
import { askAbout, askFrom, beginFlow, type FlowState } from './go-online-steps.ts';
import type { Log } from './log.ts';
import { problemOf } from './problem.ts';
import { restartPeer } from './restart-peer.ts';
import { currentSettings, storeAnswers, storeSetting } from './settings.ts';
import { nameAt, wantsToBeUp } from './status.ts';

export interface AccountParts {
  readonly client: PeerClient;
  readonly state: ChatState;
  readonly log: Log;
  /** Whether to go online by itself with the first peer that this window connects to. */
  readonly goOnline: boolean;
  /** Remembers, for every window that starts, whether this person went offline by hand and did not go online since. */
  readonly rememberOffline: (staysOffline: boolean) => void;
  /** Keeps, in the secret storage, the code by which this person joined a server. */
  readonly keepJoinCode: (server: string, code: string) => Promise<void>;
}

/** Going online and offline: by command with questions and words, by itself in silence. */
export class Account {
  readonly #client: PeerClient;
  readonly #state: ChatState;
  readonly #log: Log;
  readonly #rememberOffline: AccountParts['rememberOffline'];
  readonly #keepJoinCode: AccountParts['keepJoinCode'];
  /** Counts what this window wanted last: an attempt that is no longer the newest says nothing. */
  #wish = 0;
  #startsOnline: boolean;
  /** Attempts under way. */
  #attempts = 0;
  /** Flows under way, which ask what they need. */
  #flows = 0;
  /** What this person tried last in this window. */
  #tried: Pick<Answers, 'server' | 'name'> | undefined;

  constructor(parts: AccountParts) {
    this.#client = parts.client;
    this.#state = parts.state;
    this.#log = parts.log;
    this.#rememberOffline = parts.rememberOffline;
    this.#keepJoinCode = parts.keepJoinCode;
    this.#startsOnline = parts.goOnline;
  }

  /** Whether questions on the way online are being asked in this window. */
  get isAsking(): boolean {
    return this.#flows > 0;
  }

  /** To be called once: makes a peer that does not start a problem that a person sees. */
  async start(): Promise<void> {
    if (!this.#startsOnline) return;
    try {
      // Waits for the first connection and no longer than is bearable; what it answers comes to peerConnected too.
      await this.#client.request('subscribe', {});
    } catch (error) {
      const problem = problemOf(error);
      // It is shown for as long as it lasts.
      if (problem.code === 'owner-silent') return;
      this.#state.setAttempt(attemptProblem(offeredAnswers(currentSettings()), problem));
    }
  }

  /** The command: in one click with complete settings, else with questions. */
  async goOnline(): Promise<void> {
    const settings = currentSettings();
    const complete = settings.username !== '';
    // Whoever has no account yet, and turned away from an attempt, need not write its answers again.
    const answers = { ...offeredAnswers(settings), ...(complete ? {} : this.#tried) };
    await this.#run(beginFlow(answers, complete, complete ? findBadAnswer(answers) : undefined));
  }

  /** The command: asks everything again, beginning with what is wrong now. */
  async change(): Promise<void> {
    const { status } = this.#state;
    const answers = offeredAnswers(currentSettings());
    const wasUp = wantsToBeUp(status);
    const end = await this.#run(
      status.kind === 'problem' ? askAbout(status.problem, answers) : askFrom('server', answers),
    );
    // The try has ended what was before: whoever gives up on new answers is online with the old ones again.
    if (end === 'cancelled' && wasUp && this.#state.peerStatus.kind === 'offline')
      await this.#goOnlineQuietly();
  }

  /**
   * Goes online with answers that are complete, as those of an invite; asks where the server has a say.
   * @returns whether it is done
   */
  async join(answers: Answers): Promise<boolean> {
    const wasUp = wantsToBeUp(this.#state.peerStatus);
    const end = await this.#run({ kind: 'connect', answers, advanced: false });
    // The try has ended what was before: whoever cannot join is where they were.
    const isNowhere = end === 'failed' || end === 'cancelled';
    if (isNowhere && wasUp && this.#state.peerStatus.kind !== 'online') await this.#goOnlineQuietly();
    return end === 'done';
  }

  /**
   * Goes online at a server that this person has just started.
   * @param askName because they have none yet
   * @returns whether it is done
   */
  async goOnlineAt(answers: Answers, askName: boolean): Promise<boolean> {
    if (!askName) return this.join(answers);
    return (await this.#run(askFrom('name', answers))) === 'done';
  }

  /** Has the peer started anew with the keys that the secret storage has now. */
  async restart(goOnline: boolean): Promise<void> {
    this.#attempts++;
    try {
      await restartPeer(this.#client);
    } finally {
      this.#attempts--;
    }
    if (goOnline) await this.goOnline();
  }

  async goOffline(): Promise<void> {
    this.#wish++;
    this.#startsOnline = false;
    // Whoever has no account yet goes online for the first time whenever they have one.
    if (currentSettings().username !== '') this.#rememberOffline(true);
    this.#state.setAttempt(undefined);
    await this.#client.request('goOffline', {});
  }

  /**
   * Decides, for a peer that this window has just connected to, whether to put it online: at the start of VS Code,
   * or when it replaces a peer that was. A further window leaves a peer offline that was put offline.
   * @param before what the peer before it said last
   * @param own whether this window started the peer
   */
  peerConnected(before: Status, { status }: Snapshot, own: boolean): void {
    const wanted = (this.#startsOnline && own) || wantsToBeUp(before);
    const waited = this.#startsOnline;
    this.#startsOnline = false;
    if (status.kind !== 'offline' || this.#attempts > 0) return;
    if (wanted) void this.#goOnlineQuietly();
    else if (waited) this.#state.setAttempt(undefined);
  }

  /** Goes online with the settings. What goes wrong is shown by the status bar alone. */
  async #goOnlineQuietly(): Promise<void> {
    const answers = offeredAnswers(currentSettings());
    const bad = findBadAnswer(answers);
    if (bad !== undefined) {
      const code =
        bad.step === 'name' ? 'name-invalid' : bad.step === 'server' ? 'bad-address' : 'listen-failed';
      this.#state.setAttempt(attemptProblem(answers, { code, message: bad.why }));
      return;
    }
    try {
      await this.#connect(answers, false);
    } catch {
      // #connect has logged it and set it as the status to show.
      return;
    }
    void this.#adoptName(answers);
  }

  /**
   * The server has this person under another name: whoever renamed the account on another computer goes by it here from
   * now on. Not without asking, since contacts follow a name that this person says.
   */
  async #adoptName(answers: Answers): Promise<void> {
    const { l10n } = vscode;
    const name = nameAt(this.#state.peerStatus, answers);
    if (nameKey(name) === nameKey(answers.name)) return;
    const use = l10n.t('Go by {0}', name);
    const question = l10n.t(
      '{0} has you as {1}, not as {2}. Did you rename your account on another computer? Your contacts know you as {2} until you go by the new name.',
      answers.server,
      name,
      answers.name,
    );
    if ((await vscode.window.showWarningMessage(question, use)) !== use) return;
    try {
      await this.#client.request('goOnline', { ...answers, name, byPerson: true });
      await storeSetting('username', name);
    } catch (error) {
      this.#logFailure('Taking the other name', error);
    }
  }

  async #run(begin: FlowState): Promise<FlowEnd['kind']> {
    this.#flows++;
    const end = await runFlow(begin, {
      connect: (answers) => this.#connect(answers, true),
      abort: () => void this.goOffline().catch((error: unknown) => this.#logFailure('Giving up', error)),
    }).finally(() => this.#flows--);
    switch (end.kind) {
      case 'done':
        await this.#done(end);
        break;
      case 'failed': {
        const showLog = vscode.l10n.t('Show Log');
        const chosen = await vscode.window.showErrorMessage(end.problem.message, showLog);
        if (chosen === showLog) await vscode.commands.executeCommand(CommandId.showLog);
        break;
      }
      case 'import':
        await vscode.commands.executeCommand(CommandId.importIdentity);
        break;
      case 'cancelled':
        // Whoever has no account yet goes on without one; others keep what they had, trying by itself.
        if (currentSettings().username === '') await this.goOffline();
    }
    return end.kind;
  }

  async #done({ answers, accountCreated }: FlowEnd & { readonly kind: 'done' }): Promise<void> {
    const name = nameAt(this.#state.peerStatus, answers);
    void vscode.window.showInformationMessage(
      accountCreated
        ? vscode.l10n.t('You are online as {0}. A new account was made.', name)
        : vscode.l10n.t('You are online as {0}.', name),
    );
    try {
      await storeAnswers(nameKey(name) === nameKey(answers.name) ? { ...answers, name } : answers);
    } catch (error) {
      this.#log.write('warn', `The settings could not be written: ${problemOf(error).message}`);
      void vscode.window.showWarningMessage(
        vscode.l10n.t('You are online, but VS Code could not write your settings: you will be asked again.'),
      );
    }
    void this.#adoptName(answers);
  }

  async #connect(answers: Answers, byPerson: boolean): Promise<{ accountCreated: boolean }> {
    const wish = ++this.#wish;
    this.#attempts++;
    this.#rememberOffline(false);
    if (byPerson) this.#tried = { server: answers.server, name: answers.name };
    this.#state.setAttempt({ kind: 'connecting', name: answers.name, server: answers.server });
    try {
      const result = await this.#client.request('goOnline', { ...answers, byPerson });
      if (result.accountCreated && answers.joinCode !== null) {
        await this.#keepJoinCode(answers.server, answers.joinCode);
      }
      if (wish === this.#wish) this.#state.setAttempt(undefined);
      return result;
    } catch (error) {
      this.#logFailure('Going online', error);
      const problem = problemOf(error);
      const isPassing = problem.code === 'not-online' || problem.code === 'owner-silent';
      const attempt = isPassing ? undefined : attemptProblem(answers, problem);
      if (wish === this.#wish) this.#state.setAttempt(attempt);
      throw error;
    } finally {
      this.#attempts--;
    }
  }

  #logFailure(what: string, error: unknown): void {
    const { code, message } = problemOf(error);
    this.#log.write('warn', `${what} failed (${code}): ${message}`);
  }
}

function attemptProblem({ name, server }: Answers, problem: Problem): Status {
  return { kind: 'problem', name, server, problem, retrying: false };
}
