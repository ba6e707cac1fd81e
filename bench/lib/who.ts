import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { exportPrivateKey, generateKeyPair } from '@p2p-chat/protocol/identity';

/** What stays of a person between two runs of the editor. */
export const who = z.object({
  globalStorage: z.string(),
  identityKey: z.string(),
  deviceKey: z.string(),
  successions: z.array(z.never()),
  version: z.string(),
  proxy: z.object({ noProxy: z.array(z.string()) }),
});
export type Who = z.infer<typeof who>;

/** Somebody new, with a folder below this one. */
export function newPerson(below: string): Who {
  const key = (): string => exportPrivateKey(generateKeyPair());
  const globalStorage = mkdtempSync(join(below, 'person-'));
  return {
    globalStorage,
    identityKey: key(),
    deviceKey: key(),
    successions: [],
    version: '1.0.0',
    proxy: { noProxy: [] },
  };
}

/** A folder as VS Code gives a workspace. */
export function newWorkspace(below: string): string {
  const folder = mkdtempSync(join(below, 'workspace-'));
  return folder;
}
