import { mentionQuery, namesWith } from '../model/mention-query.ts';
import { strings } from '../strings.ts';
import { type CompletionSource, MAX_PROPOSED } from './completion.ts';

/** People by their names: `@ca` shows Carol. */
export function mentionSource(people: () => readonly string[]): CompletionSource {
  return {
    label: strings.people,
    query: mentionQuery,
    find: (query) =>
      Promise.resolve(
        namesWith(query, people(), MAX_PROPOSED).map((name) => ({
          inserts: `@${name} `,
          icon: '@',
          label: name,
        })),
      ),
    named: () => Promise.resolve(null),
  };
}
