import { expect, test } from 'vitest';
import { describeError, UserError } from './errors.ts';

test('an error is said in one bearable line, whatever a library puts into it', () => {
  const cause = new Error(`${'vips: read error\n'.repeat(400)}`);
  const wrapped = new UserError(`image cannot be read: 'a.png': ${cause.message}`, { cause });
  for (const error of [cause, wrapped, new UserError('cannot read', { cause })]) {
    const text = describeError(error);
    expect(text.length).toBeLessThanOrEqual(1000);
    expect(text).not.toContain('\n');
  }
});

test('a cause is added where it says more, and not said twice', () => {
  const cause = new Error('it ends too early');
  expect(describeError(new UserError('cannot read', { cause }))).toBe(
    'cannot read: it ends too early',
  );
  expect(describeError(new UserError('cannot read: it ends too early', { cause }))).toBe(
    'cannot read: it ends too early',
  );
});
