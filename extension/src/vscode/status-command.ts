import * as vscode from 'vscode';
import type { PeerClient } from '../peer-api.ts';
import { checkStatusText } from './answers.ts';
import { askText } from './quick-input.ts';

/** Asks what the person says of themselves to their contacts. */
export async function setStatusText(client: Pick<PeerClient, 'request'>): Promise<void> {
  const { l10n } = vscode;
  const { text: before } = await client.request('ownStatusText', {});
  const answer = await askText({
    title: l10n.t('Set Status'),
    prompt:
      before === ''
        ? l10n.t('A line about you, which your contacts see beside your name.')
        : l10n.t('A line about you, which your contacts see beside your name. Leave it empty to clear it.'),
    placeholder: l10n.t('for example: In a meeting until 3'),
    value: before,
    problem: undefined,
    check: (input) => checkStatusText(l10n, input),
    ...(before === '' ? {} : { other: { label: l10n.t('Clear Status'), icon: 'clear-all', value: '' } }),
  });
  if (answer.kind === 'value' && answer.value !== before) {
    await client.request('setStatusText', { text: answer.value });
  }
}
