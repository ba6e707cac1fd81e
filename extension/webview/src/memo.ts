/**
 * Remembers the last result: the same arguments give the same object again, so that an element which gets it as a
 * property does not render anew.
 */
export function memo<Args extends readonly unknown[], Result>(
  compute: (...args: Args) => Result,
): (...args: Args) => Result {
  let last: { readonly args: Args; readonly result: Result } | undefined;
  return (...args) => {
    const known = last?.args;
    if (last === undefined || !args.every((arg, index) => Object.is(arg, known?.[index]))) {
      last = { args, result: compute(...args) };
    }
    return last.result;
  };
}
