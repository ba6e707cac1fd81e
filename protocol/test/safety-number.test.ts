import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { safetyNumber } from '../src/safety-number.ts';

const sam = 'ad79fb3d8df8caa49d720e5e100e63c7595b187547b0b67c156a015524be4290';
const carol = '359c21cfd841287685f05fc4d0a68249987f54ceb2b224c6abc34b93fb20508f';

describe('a safety number', () => {
  it('is 60 digits, the same on both sides', () => {
    assert.match(safetyNumber(sam, carol), /^\d{60}$/);
    assert.equal(safetyNumber(sam, carol), safetyNumber(carol, sam));
  });

  it('is fixed for ever: half of it is of each identity, the lower one first', () => {
    assert.equal(
      safetyNumber(sam, carol),
      '651807905885803618535831942345' + '837627585757713445797083301041',
    );
  });

  it('is another one for anybody else', () => {
    const other = carol.replace(/^3/, '4');
    const [number, forged] = [safetyNumber(sam, carol), safetyNumber(sam, other)];
    assert.notEqual(number.slice(0, 30), forged.slice(0, 30));
    assert.equal(number.slice(30), forged.slice(30));
  });

  it('keeps its zeros', () => {
    const numbers = Array.from({ length: 100 }, (_, at) => safetyNumber(String(at).padStart(64, '0'), carol));
    assert.ok(numbers.every((number) => /^\d{60}$/.test(number)));
    assert.ok(numbers.some((number) => /^(?:\d{5})*0/.test(number)));
  });
});
