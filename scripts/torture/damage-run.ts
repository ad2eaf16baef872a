// Watches the process of damaged files: what hangs is ended, what dies is started again behind the case that it died of.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Case } from './damage.ts';
import type { DamageOrder } from './damage-process.ts';

/** Milliseconds of silence after which a case counts as hanging. */
const PATIENCE = 60_000;

type Answer = { readonly begins: number } | { readonly ended: Case } | { readonly done: true };

/** Give damaged files to one reader, until all are tried or `signal` ends it. */
export async function damageReader(order: DamageOrder, signal: AbortSignal): Promise<Case[]> {
  const cases: Case[] = [];
  let next = order.from;
  while (next < order.to && !signal.aborted) {
    const { current, why } = await runOnce({ ...order, from: next }, cases, signal);
    if (why === undefined) break;
    cases.push({ reader: order.reader, number: current, result: 'bad', about: why });
    next = current + 1;
  }
  return cases;
}

function runOnce(
  order: DamageOrder,
  cases: Case[],
  signal: AbortSignal,
): Promise<{ current: number; why?: string }> {
  return new Promise((resolve) => {
    const child = fork(join(import.meta.dirname, 'damage-process.ts'), {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    let current = order.from;
    let why: string | undefined;
    let isDone = false;
    const end = (reason?: string): void => {
      why ??= reason;
      child.kill('SIGKILL');
    };
    let timer = setTimeout(() => end('hangs'), PATIENCE);
    const stop = (): void => {
      isDone = true;
      end();
    };
    signal.addEventListener('abort', stop, { once: true });
    child.on('message', (answer: Answer) => {
      clearTimeout(timer);
      timer = setTimeout(() => end('hangs'), PATIENCE);
      if ('begins' in answer) current = answer.begins;
      else if ('ended' in answer) cases.push(answer.ended);
      else stop();
    });
    child.on('exit', (code, name) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      const reason = why ?? (isDone ? undefined : `the process ended with ${name ?? code}`);
      resolve({ current, ...(reason === undefined ? {} : { why: reason }) });
    });
    child.send(order);
  });
}
