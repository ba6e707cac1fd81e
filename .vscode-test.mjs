/**
 * The host tests on a desktop VS Code, for @vscode/test-cli. `npm run test:desktop` bundles them, prepares the folders
 * and settings of each scenario, writes the plan that is read here, and starts the run.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from '@vscode/test-cli';

const plan = path.join(import.meta.dirname, '.vscode-test', 'desktop-plan.json');
if (!existsSync(plan))
  throw new Error('Start this with "npm run test:desktop": it prepares what the tests need.');

export default defineConfig(JSON.parse(readFileSync(plan, 'utf8')));
