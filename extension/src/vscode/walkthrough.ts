import * as vscode from 'vscode';
import { hasAccount } from './autostart.ts';
import type { ChatState } from './chat-state.ts';
import { stepsDone } from './walkthrough-steps.ts';

/** The extension's id, and the walkthrough's in its manifest. */
const WALKTHROUGH = 'p2p-chat.p2p-chat#p2pChat.getStarted';

/** Shows the walkthrough, with what is done marked as done. */
export async function showWalkthrough(state: ChatState): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openWalkthrough', WALKTHROUGH, false);
  // VS Code hears of what happens from the first time on that it shows a walkthrough; what was so before, it never marks.
  for (const step of stepsDone(state, hasAccount())) {
    await vscode.commands.executeCommand('welcome.markStepComplete', `${WALKTHROUGH}#${step}`);
  }
}
