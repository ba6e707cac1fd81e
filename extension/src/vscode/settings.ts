import * as vscode from 'vscode';
import type { Answers } from './answers.ts';
import { readSettings, SECTION, type Settings, type SettingKey } from './settings-schema.ts';

/** The person's settings as they are now. */
export function currentSettings(): Settings {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  return readSettings((key) => configuration.inspect<unknown>(key));
}

/** Keeps the answers of a successful "Go Online" for the next time; writes only what is not so already. */
export async function storeAnswers(answers: Answers): Promise<void> {
  const settings = currentSettings();
  const wanted: readonly (readonly [SettingKey, string | number])[] = [
    ['discoveryServer', answers.server],
    ['username', answers.name],
    ['listenHost', answers.listenHost],
    ['listenPort', answers.listenPort],
  ];
  for (const [key, value] of wanted) {
    if (settings[key] !== value) await storeSetting(key, value);
  }
}

/** Sets one setting of the person, in every workspace. */
export async function storeSetting(key: SettingKey, value: string | number): Promise<void> {
  await vscode.workspace.getConfiguration(SECTION).update(key, value, vscode.ConfigurationTarget.Global);
}
