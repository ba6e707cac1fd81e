/** What VS Code calls its languages, where those who write messages and the highlighter call them otherwise. */
const NAMES: Readonly<Record<string, string>> = {
  javascriptreact: 'jsx',
  shellscript: 'sh',
  typescriptreact: 'tsx',
};

/** What is written as a message is. */
const PROSE = ['plaintext', 'markdown'];

/** The language that an editor of VS Code says beside what was copied in it. */
const MODE = /"mode":"([\w#+.-]+)"/;

/**
 * Lines of code as a block of Markdown that names their language; null for whatever is to be pasted as it is.
 * @param editorData what VS Code's editors put into the clipboard beside the text, as `vscode-editor-data`
 * @param before what stands before the place where it is pasted
 */
export function pastedCode(text: string, editorData: string, before: string): string | null {
  const mode = MODE.exec(editorData)?.[1] ?? '';
  const code = text.replace(/\r/g, '').replace(/\n+$/, '');
  const isInCode = (before.match(/^ {0,3}(`{3}|~{3})/gm) ?? []).length % 2 === 1;
  if (mode === '' || PROSE.includes(mode) || isInCode || !code.includes('\n')) return null;
  const longest = Math.max(2, ...(code.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  const begins = before === '' || before.endsWith('\n') ? '' : '\n';
  return `${begins}${fence}${NAMES[mode] ?? mode}\n${code}\n${fence}\n`;
}
