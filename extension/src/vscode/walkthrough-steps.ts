import type { ChatState } from './chat-state.ts';

/** The steps of the walkthrough that need no doing any longer, by their ids in the manifest. */
export function stepsDone(state: ChatState, isKnown: boolean): string[] {
  const { accepted, status, serverHere } = state;
  const steps = {
    server: isKnown || serverHere !== undefined,
    online: status.kind === 'online',
    people: accepted.length > 0,
    hello: accepted.some(({ lastMessageAt }) => lastMessageAt !== null),
  };
  return Object.entries(steps).flatMap(([step, isDone]) => (isDone ? [`p2pChat.getStarted.${step}`] : []));
}
