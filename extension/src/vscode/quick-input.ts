import * as vscode from 'vscode';
import type { Checked } from './answers.ts';

/** One question of a flow in VS Code's quick input, and how it ended. */

export type Answered<T> =
  { readonly kind: 'value'; readonly value: T } | { readonly kind: 'back' } | { readonly kind: 'cancelled' };

interface Question {
  readonly title: string;
  /** Which question this is of how many, where it is one of several. */
  readonly position?: { readonly n: number; readonly of: number } | undefined;
  /** Whether one can go back from here. */
  readonly back?: boolean;
}

export interface TextQuestion<T> extends Question {
  readonly prompt: string;
  readonly placeholder: string;
  readonly value: string;
  /** Shown at once, with the old answer selected, until something is typed. */
  readonly problem: string | undefined;
  readonly check: (input: string) => Checked<T>;
  /** What is typed is a secret. */
  readonly password?: boolean;
  /** Another way to go on, as a button. */
  readonly other?: { readonly label: string; readonly icon: string; readonly value: T };
}

export interface Choice<T> extends vscode.QuickPickItem {
  readonly value: T;
}

export interface ChoiceQuestion<T> extends Question {
  readonly placeholder: string;
  readonly choices: readonly Choice<T>[];
}

export function askText<T>(question: TextQuestion<T>): Promise<Answered<T>> {
  const input = vscode.window.createInputBox();
  prepare(input, question);
  input.prompt = question.prompt;
  input.placeholder = question.placeholder;
  input.value = question.value;
  input.validationMessage = question.problem;
  input.password = question.password === true;
  const { other } = question;
  const otherButton = other && { iconPath: new vscode.ThemeIcon(other.icon), tooltip: other.label };
  if (otherButton !== undefined) input.buttons = [...input.buttons, otherButton];
  if (question.problem !== undefined) input.valueSelection = [0, question.value.length];
  return settle(input, (answer) => [
    input.onDidChangeValue((text) => {
      // Nothing to complain about before something was typed.
      const checked = text === '' ? undefined : question.check(text);
      input.validationMessage = checked?.ok === false ? checked.why : undefined;
    }),
    input.onDidAccept(() => {
      const checked = question.check(input.value);
      if (checked.ok) answer({ kind: 'value', value: checked.value });
      else input.validationMessage = checked.why;
    }),
    input.onDidTriggerButton((button) =>
      answer(
        other !== undefined && button === otherButton
          ? { kind: 'value', value: other.value }
          : { kind: 'back' },
      ),
    ),
  ]);
}

export function askChoice<T>(question: ChoiceQuestion<T>): Promise<Answered<T>> {
  const input = vscode.window.createQuickPick<Choice<T>>();
  prepare(input, question);
  input.placeholder = question.placeholder;
  input.items = question.choices;
  return settle(input, (answer) => [
    input.onDidAccept(() => {
      const [chosen] = input.activeItems;
      if (chosen !== undefined) answer({ kind: 'value', value: chosen.value });
    }),
    input.onDidTriggerButton(() => answer({ kind: 'back' })),
  ]);
}

function prepare(
  input: vscode.QuickInput & { buttons: readonly vscode.QuickInputButton[] },
  question: Question,
): void {
  input.title = question.title;
  input.step = question.position?.n;
  input.totalSteps = question.position?.of;
  // An address is often copied from another window while this is open.
  input.ignoreFocusOut = true;
  input.buttons = question.back === true ? [vscode.QuickInputButtons.Back] : [];
}

/** Shows the input until it is answered or hidden; then nothing of it is left. */
async function settle<T>(
  input: vscode.QuickInput,
  listen: (answer: (answered: Answered<T>) => void) => vscode.Disposable[],
): Promise<Answered<T>> {
  const { promise, resolve } = Promise.withResolvers<Answered<T>>();
  const listeners = [...listen(resolve), input.onDidHide(() => resolve({ kind: 'cancelled' }))];
  input.show();
  try {
    return await promise;
  } finally {
    vscode.Disposable.from(...listeners, input).dispose();
  }
}
