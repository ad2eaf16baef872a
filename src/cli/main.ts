// The program: finds the command, loads it, runs it, and ends in one of four ways.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import type { CommandContext, CommandModule } from './command.ts';
import { EXIT, Interruption, report } from './exit.ts';

interface Entry {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

// A command's module is loaded when it runs, so help costs nothing but this list.
const COMMANDS: readonly Entry[] = [
  {
    name: 'activations',
    usage: '[flags]',
    summary: 'record the activations of a vision or language model',
    load: () => import('./activations.ts'),
  },
  {
    name: 'train',
    usage: '[flags]',
    summary: 'train sparse autoencoders and transcoders, one or a sweep',
    load: () => import('./train.ts'),
  },
  {
    name: 'visuals',
    usage: '[flags]',
    summary: 'show what the latents of an autoencoder respond to',
    load: () => import('./visuals.ts'),
  },
  {
    name: 'replace',
    usage: '[flags]',
    summary: 'measure what transcoders in place of MLPs cost a language model',
    load: () => import('./replace.ts'),
  },
  {
    name: 'circuits',
    usage: 'PROMPT [flags]',
    summary: 'trace the circuit behind a feature or a logit of a language model',
    load: () => import('./circuits.ts'),
  },
  {
    name: 'inspect',
    usage: 'PATH',
    summary: 'say what a folder of shards, a checkpoint, a run or visuals hold',
    load: () => import('./inspect.ts'),
  },
  {
    name: 'convert',
    usage: 'FROM TO',
    summary: 'convert a checkpoint to another format',
    load: () => import('./convert.ts'),
  },
  {
    name: 'verify',
    usage: '[flags]',
    summary: 'measure again what has been published of GPT-2 small',
    load: () => import('./verify.ts'),
  },
  {
    name: 'demo',
    usage: '[language] [flags]',
    summary: 'run the whole road on a small embedded world, of images or of texts',
    load: () => import('./demo.ts'),
  },
];

/** Run the program with the arguments after its name, then end the process. */
export async function main(args: readonly string[]): Promise<void> {
  process.stdout.on('error', endOnBrokenPipe);
  process.stderr.on('error', endOnBrokenPipe);
  const stop = new AbortController();
  let resumeHint: string | undefined;
  const context: CommandContext = {
    signal: stop.signal,
    environment: process.env,
    columns: process.stdout.columns ?? 100,
    print: (line) => void process.stdout.write(`${line}\n`),
    whenInterrupted: (hint) => {
      resumeHint = hint;
    },
  };
  stopOnSignals(stop);
  let code: number = EXIT.done;
  try {
    await program(context).parseAsync(helpLast(args), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      code = error.exitCode === 0 ? EXIT.done : EXIT.mistake;
    } else {
      const ending = report(error, { signal: stop.signal, resumeHint });
      code = ending.code;
      process.stderr.write(`${ending.text}\n`);
    }
  }
  await drain(process.stdout);
  await drain(process.stderr);
  process.exit(code);
}

/** `help train` is `train --help`, which the command itself answers. */
function helpLast(args: readonly string[]): string[] {
  const [first, ...rest] = args;
  if (first === undefined) return ['--help'];
  return first === 'help' ? [...rest, '--help'] : [...args];
}

function program(context: CommandContext): Command {
  const saev = new Command('saev')
    .description('Find and explore the features inside vision and language transformers.')
    .version(version(), '-V, --version')
    .enablePositionalOptions()
    .showHelpAfterError('(saev --help lists the commands)')
    .helpCommand(false)
    .addHelpText('after', '\nsaev COMMAND --help lists the flags of a command.')
    .exitOverride();
  for (const { name, usage, summary, load } of COMMANDS) {
    // Flags belong to the command's own schema, so they pass through unread.
    saev
      .command(name)
      .summary(summary)
      .usage(usage)
      .helpOption(false)
      .allowUnknownOption()
      .passThroughOptions()
      .argument('[args...]')
      .action(async (given: string[]) => (await load()).run(given, context));
  }
  return saev;
}

/** The first Ctrl-C asks the command to stop, the second ends the process at once. */
function stopOnSignals(stop: AbortController): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(EXIT.interrupted);
      process.stderr.write(
        `\nsaev: stopping${name === 'SIGINT' ? '; Ctrl-C again stops at once' : ''}\n`,
      );
      stop.abort(new Interruption(name));
    });
  }
}

function endOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Wait until what was written has left the process; exiting before would cut it off. */
function drain(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((done) => {
    stream.write('', () => done());
  });
}
