/// <reference types="mocha" />
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { versionVariable } from '../harness/host-results.ts';

/** Of a desktop VS Code the newest is taken. Mocha takes a reason nowhere but in the title. */
const NOT_ASKED = 'is the version that was asked for (skipped: nobody asked for one)';

describe('the VS Code that runs host tests', () => {
  const expected = process.env[versionVariable];
  if (expected === undefined) it.skip(NOT_ASKED);
  else {
    it('is the version that was asked for', () => {
      assert.equal(vscode.version.split('.').slice(0, 2).join('.'), expected);
    });
  }
});
