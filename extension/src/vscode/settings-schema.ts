import * as z from 'zod/mini';
import { preferences } from '../peer-api.ts';
import { notificationsWanted } from './notifications.ts';

/**
 * What p2pChat settings may be. A value that is none of it counts as not set, since settings.json is typed by hand; but
 * whoever wrote anything there about who may write did not mean everyone.
 */

export const SECTION = 'p2pChat';

export const DEFAULT_SERVER = 'http://127.0.0.1:8000';

export const settingsSchema = z.object({
  discoveryServer: z.catch(z.string().check(z.trim(), z.minLength(1)), DEFAULT_SERVER),
  username: z.catch(z.string().check(z.trim()), ''),
  listenHost: z.catch(z.string().check(z.trim()), ''),
  listenPort: z.catch(z.int().check(z.gte(0), z.lte(65_535)), 0),
  goOnlineAtStartup: z.catch(z.boolean(), true),
  acceptMessagesFrom: z.catch(z._default(preferences.shape.acceptMessagesFrom, 'everyone'), 'contacts'),
  keepHistoryDays: z.catch(preferences.shape.keepHistoryDays, 0),
  // Whoever set it to something else hardly meant "yes".
  sendReadReceipts: z.catch(z._default(preferences.shape.sendReadReceipts, true), false),
  sendTypingIndicator: z.catch(z._default(preferences.shape.sendTypingIndicator, true), false),
  // Whoever set it to something else hardly meant "yes".
  localDiscovery: z.catch(z._default(preferences.shape.localDiscovery, true), false),
  notifications: z.catch(notificationsWanted, 'all'),
});
export type Settings = z.infer<typeof settingsSchema>;
export type SettingKey = keyof Settings;

/** How VS Code's `inspect` tells where a value comes from. */
export interface Inspected {
  readonly globalValue?: unknown;
  readonly defaultValue?: unknown;
}

/**
 * The settings that the person set, and nothing that a workspace says: the manifest's `application` scope keeps
 * workspaces out already, and this does not look at their values at all.
 */
export function readSettings(inspect: (key: SettingKey) => Inspected | undefined): Settings {
  const own = (key: SettingKey): unknown => {
    const value = inspect(key);
    return value?.globalValue ?? value?.defaultValue;
  };
  return settingsSchema.parse({
    discoveryServer: own('discoveryServer'),
    username: own('username'),
    listenHost: own('listenHost'),
    listenPort: own('listenPort'),
    goOnlineAtStartup: own('goOnlineAtStartup'),
    acceptMessagesFrom: own('acceptMessagesFrom'),
    keepHistoryDays: own('keepHistoryDays'),
    sendReadReceipts: own('sendReadReceipts'),
    sendTypingIndicator: own('sendTypingIndicator'),
    localDiscovery: own('localDiscovery'),
    notifications: own('notifications'),
  });
}
