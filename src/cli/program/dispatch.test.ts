import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { COMMANDS } from '../commands.ts';
import {
  type Command,
  type CommandContext,
  type CommandEntry,
  type Listed,
  singleCommands,
} from './command.ts';
import { defineCommand } from './define-command.ts';
import { defineJob } from './define-job.ts';
import { dispatch } from './dispatch.ts';
import { UsageError } from './exit.ts';

/** A job as a file of its own would define it: how many times to greet whom. */
const greet = defineJob({
  name: 'greet',
  usage: 'WHOM [flags]',
  schema: z
    .strictObject({
      whom: z.string().describe('Who is greeted.').meta({ positional: true }),
      times: z.int().min(1).default(1).describe('How often.').meta({ env: 'GREET_TIMES' }),
    })
    .describe('Greet someone.'),
  flags: { loud: z.boolean().default(false).describe('With an exclamation mark.') },
  notes: ['Example: saev greet you'],
  prepare: ({ config, flags }) => ({ ...config, end: flags.loud ? '!' : '.' }),
  whenInterrupted: 'Greet again.',
  run: async ({ whom, times, end }) => Array.from({ length: times }, () => `Hello ${whom}${end}`),
  data: (lines) => ({ lines }),
  lines: (lines) => lines,
});

const count = defineCommand({
  name: 'count',
  about: 'Count, and end badly.',
  flags: { to: z.int().default(2).describe('Where to end.') },
  async run({ to }, { say }) {
    for (let i = 1; i <= to; i++) say(String(i));
    return { to };
  },
  spread: true,
  lines: () => ['done'],
  judge({ to }) {
    if (to > 2) throw new UserError('too far');
  },
});

const entry = (name: string, command: Command): CommandEntry => ({
  name,
  summary: 'do something small, told in so many words that the line of the help must be broken',
  load: async () => ({ command }),
});
const group = { name: 'sums', summary: 'reckon', commands: [entry('count', count)] };
const commands: Listed[] = [...COMMANDS, entry('greet', greet), entry('count', count), group];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saev-dispatch-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Run the program with two more commands, and give what it printed. */
async function run(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ printed: string[]; hint: string | undefined; error: unknown }> {
  const printed: string[] = [];
  let hint: string | undefined;
  const context: CommandContext = {
    signal: new AbortController().signal,
    environment,
    print: (line) => void printed.push(line),
    whenInterrupted: (text) => {
      hint = text;
    },
  };
  const error = await dispatch(args, commands, context).catch((thrown: unknown) => thrown);
  return { printed, hint, error };
}

describe('dispatch', () => {
  it('lists a new command, and shows its help', async () => {
    const { printed } = await run(['--help']);
    expect(printed.join('\n')).toMatch(/^ {2}greet .*do something small,/m);
    for (const line of printed.join('\n').split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const help = (await run(['greet', '--help'])).printed.join('\n');
    expect(help).toMatch(/^Usage: saev greet WHOM \[flags\]\n\nGreet someone\.\n/);
    for (const part of ['WHOM', '--times', 'GREET_TIMES', '--loud', '--config', '--json'])
      expect(help).toContain(part);
    expect(help).toMatch(/Example: saev greet you$/);
    expect((await run(['help', 'greet'])).printed.join('\n')).toBe(help);
  });

  it('lists the commands of a group, and runs one under both words', async () => {
    expect((await run(['--help'])).printed.join('\n')).toMatch(/^ {2}sums COMMAND .* reckon$/m);
    const help = (await run(['sums'])).printed.join('\n');
    expect(help).toMatch(/^Usage: saev sums COMMAND \[args\.\.\.\]\n\nReckon\.\n/);
    expect(help).toContain('  count [args...]  do something small,');
    expect((await run(['help', 'sums'])).printed.join('\n')).toBe(help);
    expect((await run(['sums', 'count', '--to', '1'])).printed).toEqual(['1', 'done']);
    expect(((await run(['sums', 'cuont'])).error as Error).message).toBe(
      "unknown command 'sums cuont'\n(Did you mean count?)",
    );
  });

  it('names commands and options that it does not know', async () => {
    const { error } = await run(['gret']);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toBe("unknown command 'gret'\n(Did you mean greet?)");
    const far = (await run(['nothing-like-it'])).error as Error;
    expect(far.message).toBe("unknown command 'nothing-like-it'");
    expect(((await run(['-x', 'greet'])).error as Error).message).toBe("unknown option '-x'");
  });
});

describe('defineJob', () => {
  it('takes settings from flags, then the environment, then a file', async () => {
    const config = join(folder, 'greet.toml');
    await writeFile(config, 'whom = "me"\ntimes = 4\n');
    const args = ['greet', '--config', config, '--json', '--quiet'];
    const asFile = await run(args);
    expect(asFile).toMatchObject({ error: undefined, hint: 'Greet again.' });
    expect(JSON.parse(asFile.printed[0]!)).toEqual({ lines: Array(4).fill('Hello me.') });
    const asVariable = await run(args, { GREET_TIMES: '2' });
    expect(asVariable.printed).toEqual(['{"lines":["Hello me.","Hello me."]}']);
    const asFlag = await run([...args, '--times', '1', '--loud'], { GREET_TIMES: '2' });
    expect(asFlag.printed).toEqual(['{"lines":["Hello me!"]}']);
    expect((await run(['greet', 'you', '--times', '2'])).printed).toEqual([
      'Hello you.',
      'Hello you.',
    ]);
  });

  it('keeps flags of the command out of config files', async () => {
    const config = join(folder, 'loud.toml');
    await writeFile(config, 'whom = "me"\nloud = true\n');
    const { error, printed } = await run(['greet', '--config', config]);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toContain("'loud'");
    expect(printed).toEqual([]);
  });
});

describe('defineCommand', () => {
  it('says lines on the way, and judges last', async () => {
    const { printed, error, hint } = await run(['count']);
    expect({ printed, error, hint }).toEqual({
      printed: ['1', '2', 'done'],
      error: undefined,
      hint: undefined,
    });
    const far = await run(['count', '--to', '3', '--json']);
    expect(far.printed).toEqual(['{\n  "to": 3\n}']);
    expect(far.error).toBeInstanceOf(UserError);
  });
});

it('every command of the list has a usage that begins with its name', async () => {
  for (const { name, load } of singleCommands(COMMANDS)) {
    const printed: string[] = [];
    const context = { print: (line: string) => void printed.push(line) } as CommandContext;
    await (await load()).command.run(['--help'], context);
    expect(printed[0]).toMatch(new RegExp(`^Usage: saev ${name} `));
  }
});
