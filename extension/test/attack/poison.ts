/** Members that change every object where somebody copies them without a thought. */
const POISON = '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"polluted":1';

/** The same JSON with such members at the beginning of every object. */
export function poisoned(frame: object): string {
  return JSON.stringify(frame).replaceAll('{', `{${POISON},`).replaceAll(',}', '}');
}
