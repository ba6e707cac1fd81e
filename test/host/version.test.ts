/// <reference types="mocha" />
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { versionVariable } from '../harness/host-results.ts';

describe('the VS Code that runs host tests', () => {
  it('is the version that was asked for', function () {
    const expected = process.env[versionVariable];
    // On a desktop VS Code nobody asked for a version: the newest is taken.
    if (expected === undefined) return this.skip();
    assert.equal(vscode.version.split('.').slice(0, 2).join('.'), expected);
  });
});
