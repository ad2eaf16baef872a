// From the first word to the command that it names; help, the version and unknown words are answered here.
import { nearest } from '../../base/errors.ts';
import { wrap } from '../../base/text.ts';
import { packageVersion } from '../../base/version.ts';
import type { CommandContext, CommandEntry } from './command.ts';
import { UsageError } from './exit.ts';

/**
 * Run the program with the arguments after its name.
 *
 * @throws {UsageError} when the first word is no command and no option of the program.
 */
export async function dispatch(
  args: readonly string[],
  commands: readonly CommandEntry[],
  context: CommandContext,
): Promise<void> {
  const words = helpLast(withoutDashes(args));
  const [first = '', ...rest] = words;
  const entry = commands.find(({ name }) => name === first);
  if (entry !== undefined) return (await entry.load()).command.run(rest, context);
  if (first === 'completion' && !words.includes('--help')) {
    const { completionScript } = await import('./completion.ts');
    return context.print(await completionScript(rest[0] ?? '', commands));
  }
  if (first === '--version' || first === '-V') return context.print(packageVersion());
  if (words.includes('--help') || words.includes('-h'))
    return context.print(programHelp(commands, context.columns));
  throw unknownWord(first, commands);
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

function unknownWord(word: string, commands: readonly CommandEntry[]): UsageError {
  if (/^-./.test(word)) return new UsageError(`unknown option '${word}'`);
  const near = nearest(
    word,
    commands.map(({ name }) => name),
  );
  const names = near.length > 1 ? `one of ${near.join(', ')}` : near[0];
  const hint = names === undefined ? '' : `\n(Did you mean ${names}?)`;
  return new UsageError(`unknown command '${word}'${hint}`);
}

const OPTIONS = [
  ['-V, --version', 'output the version number'],
  ['-h, --help', 'display help for command'],
] as const;

function programHelp(commands: readonly CommandEntry[], columns = 80): string {
  const entries = commands.map(({ name, summary }) => [`${name} [args...]`, summary] as const);
  const left = Math.max(...[...OPTIONS, ...entries].map(([term]) => term.length)) + 4;
  const list = (items: readonly (readonly [string, string])[]): string[] =>
    items.flatMap(([term, text]) => {
      const [line = '', ...more] = wrap(text, columns, left);
      return [`  ${term}`.padEnd(left) + line.trimStart(), ...more];
    });
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
