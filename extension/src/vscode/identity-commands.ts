import { chmod, open } from 'node:fs/promises';
import * as vscode from 'vscode';
import { fingerprintOf, importPrivateKey, type KeyPair } from '@p2p-chat/protocol/identity';
import type { Succession } from '@p2p-chat/protocol/succession';
import { formatSuccessions, readSuccessions } from '@p2p-chat/protocol/succession-block';
import type { PeerClient } from '../peer-api.ts';
import type { Account } from './account.ts';
import type { CardPanels } from './card-panels.ts';
import { identityCard } from './cards.ts';
import type { ChatState } from './chat-state.ts';
import { confirmModal } from './dialogs.ts';
import { groupedFingerprint } from './labels.ts';
import { checkNewPassphrase, checkRepeated } from './passphrase.ts';
import { askText } from './quick-input.ts';
import { besideFolder } from './save-location.ts';
import { importIdentity, loadIdentity, loadSecrets, replaceIdentity } from './secrets.ts';
import { wantsToBeUp } from './status.ts';

/** More than any identity file has: nobody waits for a film to be read. */
const MAX_FILE_BYTES = 64 * 1024;

export interface IdentityCommandParts {
  readonly client: PeerClient;
  readonly state: ChatState;
  readonly account: Account;
  readonly cards: CardPanels;
  readonly secrets: vscode.SecretStorage;
}

/** What the person does with their own identity. Keys and passphrases stay in here and are never logged. */
export class IdentityCommands {
  readonly #parts: IdentityCommandParts;

  constructor(parts: IdentityCommandParts) {
    this.#parts = parts;
  }

  show(): Promise<void> {
    const { client, cards, state } = this.#parts;
    cards.show('identity', {
      title: vscode.l10n.t('My Identity'),
      read: async () => identityCard(await client.request('ownIdentity', {})),
      did: async ({ type }) => {
        if (type !== 'copy') return;
        const { identity } = await client.request('ownIdentity', {});
        await vscode.env.clipboard.writeText(groupedFingerprint(identity));
      },
      watch: (changed) => {
        const ends = [state.onStatus.on(changed), client.onConnected(changed)];
        return () => ends.forEach((end) => end());
      },
    });
    return Promise.resolve();
  }

  async export(): Promise<void> {
    const { l10n } = vscode;
    const passphrase = await askNewPassphrase();
    if (passphrase === undefined) return;
    const { account } = await this.#parts.client.request('ownIdentity', {});
    const file = await vscode.window.showSaveDialog({
      title: l10n.t('Export My Identity'),
      saveLabel: l10n.t('Export'),
      filters: { [l10n.t('Identity')]: ['pem'] },
      ...besideFolder(`p2p-chat-${account?.name ?? 'identity'}.pem`),
    });
    if (file === undefined) return;
    const { sealIdentity } = await import('./identity-file.ts');
    const { identityKey, successions } = await loadSecrets(this.#parts.secrets);
    const sealed = await sealIdentity(importPrivateKey(identityKey), passphrase);
    await writePrivately(file, sealed + formatSuccessions(successions));
    void vscode.window.showInformationMessage(
      l10n.t(
        'Your identity is in {0}. Whoever has this file and the passphrase is you: keep them apart.',
        file.path.split('/').at(-1) ?? '',
      ),
    );
  }

  async import(): Promise<void> {
    const { l10n } = vscode;
    const { account, secrets } = this.#parts;
    const text = await readIdentityFile();
    if (text === undefined) return;
    const opened = await askAndOpen(text);
    if (opened === undefined) return;
    const { identity, successions } = opened;
    const fingerprint = fingerprintOf(identity.publicKey);
    if (fingerprint === fingerprintOf((await loadIdentity(secrets)).publicKey)) {
      void vscode.window.showInformationMessage(l10n.t('This is your identity already.'));
      return;
    }
    const sure = await confirmModal(
      l10n.t('Be this identity on this computer?'),
      l10n.t(
        'Fingerprint:\n{0}\n\nWhere it was used before, P2P Chat is signed out as soon as you go online here, and says so. The identity that you have here now is set aside, not deleted.',
        groupedFingerprint(fingerprint),
      ),
      l10n.t('Import'),
    );
    if (!sure) return;
    await importIdentity(secrets, identity, successions);
    await account.restart(true);
  }

  async replace(): Promise<void> {
    const { l10n } = vscode;
    const { account, secrets, state } = this.#parts;
    const sure = await confirmModal(
      l10n.t('Replace your identity by a new one?'),
      l10n.t(
        'Do this when somebody else may have your key. The present identity signs that the new one takes its place, so your name and your contacts follow by themselves; each of them sees a line about it and can verify you anew. Files that you exported before hold the old identity and are of no use any longer. This cannot be undone.',
      ),
      l10n.t('Replace Identity'),
    );
    if (!sure) return;
    const wasUp = wantsToBeUp(state.peerStatus);
    await replaceIdentity(secrets);
    await account.restart(wasUp);
    await this.show();
  }
}

/** A passphrase typed twice; `undefined` when the person gave up. */
async function askNewPassphrase(): Promise<string | undefined> {
  const { l10n } = vscode;
  for (;;) {
    const first = await askText({
      title: l10n.t('Export My Identity: Passphrase'),
      position: { n: 1, of: 2 },
      prompt: l10n.t(
        'Whoever finds the file can try passphrases for as long as they like: take at least 12 characters, such as four words by chance.',
      ),
      placeholder: l10n.t('passphrase'),
      value: '',
      problem: undefined,
      password: true,
      check: (input) => checkNewPassphrase(l10n, input),
    });
    if (first.kind !== 'value') return undefined;
    const second = await askText({
      title: l10n.t('Export My Identity: Passphrase Once More'),
      position: { n: 2, of: 2 },
      back: true,
      prompt: l10n.t('Type the same passphrase again. Nobody can tell it to you later.'),
      placeholder: l10n.t('passphrase'),
      value: '',
      problem: undefined,
      password: true,
      check: (input) => checkRepeated(l10n, first.value, input),
    });
    if (second.kind === 'value') return second.value;
    if (second.kind === 'cancelled') return undefined;
  }
}

/** The text of a file that the person chooses; `undefined` for none, or for one that cannot be an identity. */
async function readIdentityFile(): Promise<string | undefined> {
  const { l10n } = vscode;
  const [file] =
    (await vscode.window.showOpenDialog({
      title: l10n.t('Import Identity'),
      openLabel: l10n.t('Import'),
      filters: { [l10n.t('Identity')]: ['pem'], [l10n.t('All Files')]: ['*'] },
    })) ?? [];
  if (file === undefined) return undefined;
  const { size } = await vscode.workspace.fs.stat(file);
  if (size > MAX_FILE_BYTES) {
    void vscode.window.showErrorMessage(notAnIdentity());
    return undefined;
  }
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
}

/** What a file held. */
interface OpenedIdentity {
  readonly identity: KeyPair;
  readonly successions: readonly Succession[];
}

/** Asks for the passphrase until it fits; `undefined` when the person gave up or no passphrase can fit. */
async function askAndOpen(text: string): Promise<OpenedIdentity | undefined> {
  const { l10n } = vscode;
  const { IdentityFileError, openIdentity } = await import('./identity-file.ts');
  let problem: string | undefined;
  for (;;) {
    const answer = await askText({
      title: l10n.t('Import Identity: Passphrase'),
      prompt: l10n.t('The passphrase that was chosen when the identity was exported.'),
      placeholder: l10n.t('passphrase'),
      value: '',
      problem,
      password: true,
      check: (input) => ({ ok: true, value: input }),
    });
    if (answer.kind !== 'value') return undefined;
    try {
      const identity = await openIdentity(text, answer.value);
      return { identity, successions: readSuccessions(text, identity) };
    } catch (error) {
      if (!(error instanceof IdentityFileError)) throw error;
      switch (error.code) {
        case 'wrong-passphrase':
          problem = l10n.t('This is not the passphrase of this file.');
          continue;
        case 'not-an-identity':
          void vscode.window.showErrorMessage(notAnIdentity());
          return undefined;
        case 'unsupported':
          void vscode.window.showErrorMessage(
            l10n.t('This file is protected in a way that P2P Chat cannot read. Export the identity anew.'),
          );
          return undefined;
      }
    }
  }
}

/** Writes a file that only this person can read, where the file system knows of persons. */
async function writePrivately(file: vscode.Uri, text: string): Promise<void> {
  if (file.scheme === 'file') {
    // Made or narrowed before there is anything in it; VS Code writes into the file that is there.
    const handle = await open(file.fsPath, 'a', 0o600);
    await handle.close();
    await chmod(file.fsPath, 0o600);
  }
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
}

function notAnIdentity(): string {
  return vscode.l10n.t(
    'This file is no identity that P2P Chat exported. Choose the ".pem" file of an export.',
  );
}
