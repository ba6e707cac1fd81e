import * as vscode from 'vscode';
import type { PeerClient } from '../peer-api.ts';
import type { ChatPanels } from './chat-panels.ts';
import { Notifications } from './notifications.ts';
import { currentSettings } from './settings.ts';

export interface NotificationDisplayParts {
  readonly client: PeerClient;
  readonly panels: ChatPanels;
  readonly open: (person: string) => void;
  readonly failed: (error: unknown) => void;
}

/** Shows what the peer has this window notify of, and tells it what this window shows. VS Code's own do-not-disturb hides it. */
export function showNotifications({ client, panels, open, failed }: NotificationDisplayParts): {
  /** To be called on each connection: this peer knows nothing of this window. */
  connected(): void;
  dispose(): void;
} {
  let isConnected = false;
  const attend = (): void => {
    if (!isConnected) return;
    const { focused } = vscode.window.state;
    const attention = { focused, inView: panels.inView, notifying: notifications.open };
    // The next change, or the next peer, is told again.
    client.request('attend', attention).catch(() => undefined);
  };
  const notifications: Notifications = new Notifications({
    l10n: vscode.l10n,
    wanted: () => currentSettings().notifications,
    isFocused: () => vscode.window.state.focused,
    show: (text, buttons) => vscode.window.showInformationMessage(text, ...buttons),
    reply: open,
    mute: (contact) => void client.request('setMuted', { contact, muted: true }).catch(failed),
    failed,
    changed: attend,
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  });
  const ends = [
    client.onPush('notify', (arrived) => notifications.notify(arrived)),
    panels.onView.on(attend),
  ];
  const windowListener = vscode.window.onDidChangeWindowState(() => {
    notifications.focusChanged();
    attend();
  });
  return {
    connected: () => {
      isConnected = true;
      attend();
    },
    dispose: () => {
      isConnected = false;
      windowListener.dispose();
      for (const end of ends) end();
      notifications.dispose();
    },
  };
}
