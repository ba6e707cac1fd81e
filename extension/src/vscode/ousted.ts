import type { Problem, Status } from '../peer-api.ts';
import type { ChatState } from './chat-state.ts';

/** What a person can do about having been signed out from elsewhere. */
export type Remedy = 'take-over';

/** The focus of this window. */
export interface Focus {
  readonly focused: boolean;
  onChanged(listener: () => void): () => void;
}

/** How to undo what happened elsewhere; `undefined` for a problem that the status bar alone shows. */
export function remedyOf({ code }: Problem): Remedy | undefined {
  return code === 'signed-in-elsewhere' ? 'take-over' : undefined;
}

/**
 * Tells the person, once a window and only in one that they look at, that this machine is signed out by what was done
 * elsewhere: whoever writes here would wait for answers that arrive there.
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
    if (problem === undefined || remedy === undefined || remedy === told || !focus.focused) return;
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
