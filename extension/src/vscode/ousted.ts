import type { Problem, Status } from '../peer-api.ts';
import type { ChatState } from './chat-state.ts';

/** What a person can do about an account that this machine is not signed in to, through nothing that they did here. */
export type Remedy = 'take-over' | 'make-again' | 'import';

/** Where this person looks. */
export interface Focus {
  readonly focused: boolean;
  /** Whether questions on the way online are being asked, which say what is wrong themselves. */
  readonly asked: boolean;
  onChanged(listener: () => void): () => void;
}

/** What to offer; `undefined` for a problem that the status bar alone shows. */
export function remedyOf({ code }: Problem): Remedy | undefined {
  if (code === 'signed-in-elsewhere') return 'take-over';
  if (code === 'no-account') return 'make-again';
  return code === 'identity-lost' ? 'import' : undefined;
}

/**
 * Tells the person, once a window and only in one that they look at, that this machine is out of their account:
 * whoever writes here would wait for answers that arrive elsewhere or nowhere.
 * @returns what ends it
 */
export function watchForOusting(
  state: Pick<ChatState, 'status' | 'onStatus'>,
  focus: Focus,
  tell: (remedy: Remedy, problem: Problem) => void,
): () => void {
  let told: Remedy | undefined;
  const look = (): void => {
    const problem = problemOf(state.status);
    const remedy = problem && remedyOf(problem);
    // A try to go online is no news of its own; being online is.
    if (state.status.kind === 'online') told = undefined;
    if (problem === undefined || remedy === undefined || remedy === told) return;
    if (!focus.focused || focus.asked) return;
    told = remedy;
    tell(remedy, problem);
  };
  const ends = [state.onStatus.on(look), focus.onChanged(look)];
  look();
  return () => ends.forEach((end) => end());
}

function problemOf(status: Status): Problem | undefined {
  return status.kind === 'problem' ? status.problem : undefined;
}
