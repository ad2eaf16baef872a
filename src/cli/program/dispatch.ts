// From the first word to the command that it names; help, the version and unknown words are answered here.
import { nearest } from '../../base/errors.ts';
import { wrap } from '../../base/text.ts';
import { packageVersion } from '../../base/version.ts';
import { type CommandContext, type CommandGroup, isGroup, type Listed } from './command.ts';
import { UsageError } from './exit.ts';

/**
 * Run the program with the arguments after its name.
 *
 * @throws {UsageError} when the first word is no command and no option of the program.
 */
export async function dispatch(
  args: readonly string[],
  commands: readonly Listed[],
  context: CommandContext,
): Promise<void> {
  const words = helpLast(withoutDashes(args));
  const [first = '', ...rest] = words;
  const listed = commands.find(({ name }) => name === first);
  if (listed !== undefined && isGroup(listed)) return dispatchGroup(rest, listed, context);
  if (listed !== undefined) return (await listed.load()).command.run(rest, context);
  if (first === 'completion' && !words.includes('--help')) {
    const { completionScript } = await import('./completion.ts');
    return context.print(await completionScript(rest[0] ?? '', commands));
  }
  if (first === '--version' || first === '-V') return context.print(packageVersion());
  if (words.includes('--help') || words.includes('-h'))
    return context.print(programHelp(commands, context.columns));
  throw unknownWord(first, commands);
}

/** The second word names a command of the group; without one, the group tells what there is. */
async function dispatchGroup(
  words: readonly string[],
  group: CommandGroup,
  context: CommandContext,
): Promise<void> {
  const [second = '--help', ...rest] = words;
  const entry = group.commands.find(({ name }) => name === second);
  if (entry !== undefined) return (await entry.load()).command.run(rest, context);
  if (second === '--help' || second === '-h')
    return context.print(groupHelp(group, context.columns));
  throw unknownWord(second, group.commands, group.name);
}

/** `help train` is `train --help`, which the command itself answers; no words at all ask for help, too. */
function helpLast(args: readonly string[]): readonly string[] {
  if (args.length === 0) return ['--help'];
  return args[0] === 'help' ? [...args.slice(1), '--help'] : args;
}

/** A first `--` says that words follow, which needs no saying here. */
function withoutDashes(args: readonly string[]): readonly string[] {
  const at = args.indexOf('--');
  return at === -1 ? args : [...args.slice(0, at), ...args.slice(at + 1)];
}

function unknownWord(word: string, commands: readonly Listed[], group?: string): UsageError {
  if (/^-./.test(word)) return new UsageError(`unknown option '${word}'`);
  const near = nearest(
    word,
    commands.map(({ name }) => name),
  );
  const names = near.length > 1 ? `one of ${near.join(', ')}` : near[0];
  const hint = names === undefined ? '' : `\n(Did you mean ${names}?)`;
  const whole = group === undefined ? word : `${group} ${word}`;
  return new UsageError(`unknown command '${whole}'${hint}`);
}

const OPTIONS = [
  ['-V, --version', 'output the version number'],
  ['-h, --help', 'display help for command'],
] as const;

type Term = readonly [term: string, text: string];

function programHelp(commands: readonly Listed[], columns = 80): string {
  const entries = commands.map((listed): Term => {
    const { name, summary } = listed;
    return [`${name} ${isGroup(listed) ? 'COMMAND ' : ''}[args...]`, summary];
  });
  const list = termsIn([...OPTIONS, ...entries], columns);
  return [
    'Usage: saev [options] [command]',
    '',
    'Find and explore the features inside vision and language transformers.',
    '',
    'Options:',
    ...list(OPTIONS),
    '',
    'Commands:',
    ...list([...entries, ['completion SHELL', 'print completion for bash, zsh or fish']]),
    '',
    'saev COMMAND --help lists the flags of a command.',
  ].join('\n');
}

function groupHelp({ name, summary, commands }: CommandGroup, columns = 80): string {
  const entries = commands.map(({ name, summary }): Term => [`${name} [args...]`, summary]);
  return [
    `Usage: saev ${name} COMMAND [args...]`,
    '',
    `${summary[0]!.toUpperCase()}${summary.slice(1)}.`,
    '',
    'Commands:',
    ...termsIn(entries, columns)(entries),
    '',
    `saev ${name} COMMAND --help lists the flags of a command.`,
  ].join('\n');
}

/** Lay out terms and what they mean in two columns, the left one as wide as the longest of `all`. */
function termsIn(all: readonly Term[], columns: number): (items: readonly Term[]) => string[] {
  const left = Math.max(...all.map(([term]) => term.length)) + 4;
  return (items) =>
    items.flatMap(([term, text]) => {
      const [line = '', ...more] = wrap(text, columns, left);
      return [`  ${term}`.padEnd(left) + line.trimStart(), ...more];
    });
}
