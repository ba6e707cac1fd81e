/**
 * Has V8 optimise something, as it has in any extension host for long: its optimising compiler is some megabytes of the Node
 * binary, which all processes share and which count as memory of the one that first comes to need it.
 */
export function needCompiler(): number {
  let sum = 0;
  const add = (each: number): void => {
    sum = (sum * 31 + each) % 1_000_003;
  };
  for (let each = 0; each < 5_000_000; each += 1) add(each);
  return sum;
}
