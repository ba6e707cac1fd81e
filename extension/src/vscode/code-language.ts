/** What people call a language in a message, where VS Code has another id for it. */
const IDS: Readonly<Record<string, string>> = {
  'c#': 'csharp',
  'c++': 'cpp',
  bash: 'shellscript',
  cjs: 'javascript',
  console: 'shellscript',
  cs: 'csharp',
  docker: 'dockerfile',
  golang: 'go',
  hpp: 'cpp',
  htm: 'html',
  js: 'javascript',
  jsx: 'javascriptreact',
  kt: 'kotlin',
  make: 'makefile',
  md: 'markdown',
  mjs: 'javascript',
  objc: 'objective-c',
  patch: 'diff',
  pl: 'perl',
  ps1: 'powershell',
  py: 'python',
  rb: 'ruby',
  rs: 'rust',
  sh: 'shellscript',
  shell: 'shellscript',
  toml: 'ini',
  ts: 'typescript',
  tsx: 'typescriptreact',
  yml: 'yaml',
  zsh: 'shellscript',
};

/** VS Code's id for what a message calls its language. @param known the ids that there are */
export function languageId(called: string, known: readonly string[]): string {
  const name = called.toLowerCase();
  return [name, IDS[name]].find((id) => id !== undefined && known.includes(id)) ?? 'plaintext';
}

/** What messages, and whoever colours them, call a language otherwise than VS Code does. */
const CALLED: ReadonlyMap<string, string> = new Map([
  ['javascriptreact', 'jsx'],
  ['objective-c', 'objc'],
  ['plaintext', ''],
  ['shellscript', 'sh'],
  ['typescriptreact', 'tsx'],
]);

/** What a message calls the language with this id of VS Code's; empty where it is to say nothing. */
export function calledInMessage(id: string): string {
  const called = CALLED.get(id) ?? id;
  // Any extension may bring a language, and call it as it likes.
  return /^[\w#+.-]{1,32}$/.test(called) ? called : '';
}
