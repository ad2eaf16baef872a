import { describe, expect, it } from 'vitest';
import { UserError } from '../../base/errors.ts';
import { Interruption, report } from './exit.ts';

const calm = { signal: new AbortController().signal, resumeHint: 'Go on so.' };

function stopped(): { signal: AbortSignal; resumeHint: string; reason: Interruption } {
  const controller = new AbortController();
  const reason = new Interruption('SIGINT');
  controller.abort(reason);
  return { signal: controller.signal, resumeHint: 'Go on so.', reason };
}

describe('report', () => {
  it('says a mistake in one sentence with its cause and hint, without a stack', () => {
    const cause = new Error('ENOSPC');
    const error = new UserError("cannot write 'x'", { hint: 'make room', cause });
    expect(report(error, calm)).toEqual({
      code: 2,
      text: "saev: cannot write 'x': ENOSPC\n  make room",
    });
  });

  it('shows the stack of a bug and of its causes', () => {
    const { code, text } = report(
      new TypeError('x is not a function', { cause: new Error('deep') }),
      calm,
    );
    expect(code).toBe(1);
    expect(text).toMatch(
      /this is a bug in saev\nTypeError: x is not a function\n +at .*\ncaused by Error: deep\n +at /s,
    );
  });

  it('takes anything that is thrown', () => {
    expect(report('text', calm)).toEqual({ code: 1, text: 'saev: this is a bug in saev\ntext' });
    expect(report(undefined, calm).code).toBe(1);
  });

  it('says how to go on after an interruption', () => {
    const { reason, ...options } = stopped();
    const expected = { code: 130, text: 'saev: stopped. Go on so.' };
    expect(report(reason, options)).toEqual(expected);
    expect(report(new DOMException('aborted', 'AbortError'), options)).toEqual(expected);
    expect(report(new Error('worker ended', { cause: reason }), options)).toEqual(expected);
  });

  it('does not hide a mistake or a bug behind an interruption', () => {
    const { reason: _, ...options } = stopped();
    expect(report(new UserError('disk full'), options).code).toBe(2);
    expect(report(new TypeError('oops'), options).code).toBe(1);
  });

  it('takes an abort that nobody asked for as a bug', () => {
    expect(report(new Interruption('SIGINT'), calm).code).toBe(1);
  });
});
