/**
 * Two names with the same key are one name to the directory: names that differ only in case, in `-`, `_` and `.`, or
 * in characters that look alike (0 and O; 1, l and I; 2 and Z; 5 and S; 8 and B; m and rn; w and vv). After the
 * skeletons of Unicode UTS #39, with all digits that read as letters: each is another letter, so that names which
 * differ in their numbers stay different. `cl` is not `d`: Clark is not Dark.
 */
export function nameKey(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[._-]/g, '')
    .replaceAll('0', 'o')
    .replaceAll(/[1i]/g, 'l')
    .replaceAll('2', 'z')
    .replaceAll('5', 's')
    .replaceAll('8', 'b')
    .replaceAll('m', 'rn')
    .replaceAll('w', 'vv');
}
