import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Imports that a room may not have, each with the sentence a developer reads when the wall holds. */
const wall = (files, patterns, ignores = []) => ({
  files,
  ignores,
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
});

const noVscode = {
  group: ['vscode'],
  message: 'Only extension/src/vscode/ and extension.ts talk to VS Code: pass what you need in from there.',
};
const noRooms = (rooms, message) => ({
  group: rooms.flatMap((room) => [`**/${room}/**`, `**/${room}.ts`]),
  message,
});
const noNode = {
  regex: '^node:(?!test$|assert)|^(fs|net|tls|http|https|os|path|worker_threads|crypto)$|^ws$',
  message:
    'core/ knows no sockets, files, clocks or randomness: they come in through ports, see core/ports.ts.',
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.vscode-test/**', '**/*.vsix'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      eqeqeq: 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'TSAsExpression > CallExpression[callee.object.name="JSON"][callee.property.name="parse"]',
          message: 'Bytes become a typed value only through a schema.',
        },
      ],
    },
  },
  {
    // node:test's test() returns a promise that the runner itself awaits.
    files: ['**/*.test.ts', '**/*.contract.ts'],
    rules: { '@typescript-eslint/no-floating-promises': 'off' },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  wall(
    ['protocol/src/**/*.ts'],
    [
      noVscode,
      {
        regex: '^node:(?!crypto$)|^ws$|^(\\.\\./)+(extension|discovery-server)/',
        message: 'protocol/ says what crosses a wire: no sockets, no files, no other room.',
      },
    ],
  ),
  wall(
    ['extension/src/core/**/*.ts'],
    [
      noVscode,
      noNode,
      noRooms(['net', 'storage', 'peer', 'windows', 'vscode'], 'core/ imports protocol/ and itself only.'),
    ],
  ),
  {
    files: ['extension/src/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          property: 'getPeerX509Certificate',
          message: 'It leaks a certificate: see readChain() in net/tls.ts.',
        },
      ],
    },
  },
  {
    files: ['extension/src/core/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['setTimeout', 'setInterval', 'setImmediate', 'performance', 'crypto', 'process'].map((name) => ({
          name,
          message: 'Time and randomness are arguments: see core/ports.ts.',
        })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Time is an argument: see Clock in core/ports.ts.' },
        { object: 'Math', property: 'random', message: 'Randomness is an argument: see core/ports.ts.' },
      ],
    },
  },
  {
    files: ['{protocol,discovery-server}/src/**/*.ts', 'extension/{src,webview/src}/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { name: 'zod', message: 'A schema of zod/mini takes a third of the memory: import from there.' },
      ],
    },
  },
  wall(
    ['extension/src/net/**/*.ts', 'extension/src/storage/**/*.ts'],
    [noVscode, noRooms(['peer', 'windows', 'vscode'], 'Adapters know ports of core/ and protocol/ only.')],
  ),
  wall(['extension/src/peer/**/*.ts', 'extension/src/windows/**/*.ts'], [noVscode]),
  wall(['discovery-server/**/*.ts'], [noVscode, noRooms(['extension'], 'The server shares protocol/ only.')]),
  wall(
    ['extension/webview/src/**/*.ts'],
    [
      noVscode,
      { regex: '^node:', message: 'The page runs in a browser.' },
      noRooms(
        ['core', 'net', 'storage', 'peer', 'windows'],
        'The page knows what is said to and by it only.',
      ),
    ],
  ),
);
