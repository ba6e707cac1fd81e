import * as vscode from 'vscode';
import type { Contact, Person, PresenceState } from '../peer-api.ts';
import { avatarAddress, type Portrayed } from './avatar-icon.ts';

/** The person's avatar with their presence. */
export function personIcon(person: Portrayed): { readonly light: vscode.Uri; readonly dark: vscode.Uri } {
  return {
    light: vscode.Uri.parse(avatarAddress(person, 'light')),
    dark: vscode.Uri.parse(avatarAddress(person, 'dark')),
  };
}

/** What stands for somebody in a tab: the same as in the lists of people. */
export function tabIcon(person: Person): vscode.ThemeIcon | ReturnType<typeof personIcon> {
  const { presence, linked, changedTo, unread, muted }: Person & Partial<Contact> = person;
  if (typeof changedTo === 'string') return warningIcon();
  const calls = unread !== undefined && unread > 0 && muted !== true;
  // A link is better knowledge than the discovery server's.
  return personIcon({ ...person, calls, presence: linked === true ? 'online' : presence });
}

/** Filled for online, hollow otherwise, so that the shape tells it without the colour. */
export function presenceIcon(presence: PresenceState): vscode.ThemeIcon {
  switch (presence) {
    case 'online':
      return new vscode.ThemeIcon('circle-filled', new vscode.ThemeColor('charts.green'));
    case 'offline':
      return new vscode.ThemeIcon('circle-outline', new vscode.ThemeColor('descriptionForeground'));
    case 'unknown':
      return new vscode.ThemeIcon('circle-outline', new vscode.ThemeColor('disabledForeground'));
  }
}

/** For somebody whose identity changed, whatever their presence. */
export function warningIcon(): vscode.ThemeIcon {
  return new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
}
