// Completion of commands and flags in a shell, as a script that the shell reads: made from the list of commands.
import { flagOf, kebabCase } from '../../base/config/names.ts';
import { type Field, fieldsOf, shapeOf } from '../../base/config/shape.ts';
import { unknownName } from '../../base/errors.ts';
import type { CommandEntry } from './command.ts';

interface Completed {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly { readonly flag: string; readonly field: Field }[];
}

const SHELLS: Readonly<Record<string, (commands: readonly Completed[]) => string>> = {
  bash: bashScript,
  zsh: (commands) => `autoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}`,
  fish: fishScript,
};

/** The shells that there are scripts for. */
export const SHELL_NAMES: readonly string[] = Object.keys(SHELLS);

/**
 * Write the script for a shell: `source <(saev completion bash)`.
 * @throws {UserError} for a shell that there is no script for.
 */
export async function completionScript(
  shell: string,
  commands: readonly CommandEntry[],
): Promise<string> {
  const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (script === undefined) throw unknownName('shell', shell, SHELL_NAMES);
  const completed: Completed[] = [];
  for (const { name, summary, load } of commands) {
    const { schema } = (await load()).command;
    const fields = fieldsOf(shapeOf(schema)).filter(({ positional }) => !positional);
    const flags = new Map(fields.map((field) => [flagOf(field.path), field]));
    completed.push({
      name,
      summary,
      flags: [...flags].map(([flag, field]) => ({ flag, field })),
    });
  }
  return script(completed);
}

function bashScript(commands: readonly Completed[]): string {
  const choices = new Map<string, Set<string>>();
  for (const { flag, field } of commands.flatMap(({ flags }) => flags)) {
    if (field.types.choices.length === 0) continue;
    const known = choices.get(flag) ?? new Set();
    for (const choice of field.types.choices) known.add(kebabCase(choice));
    choices.set(flag, known);
  }
  const cases = (entries: readonly (readonly [string, string])[]): string[] =>
    entries.map(([word, words]) => `    ${word}) words="${words}" ;;`);
  return [
    '_saev() {',
    `  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=""`,
    '  COMPREPLY=()',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words="${commands.map(({ name }) => name).join(' ')} help completion"`,
    '  else',
    '    case "$previous" in',
    ...cases([...choices].map(([flag, words]) => [flag, [...words].join(' ')])),
    '    esac',
    '    if [ -z "$words" ] && [[ "$current" == -* ]]; then',
    `      case "\${COMP_WORDS[1]}" in`,
    ...cases(commands.map(({ name, flags }) => [name, flags.map(({ flag }) => flag).join(' ')])),
    '      esac',
    '    fi',
    '  fi',
    '  [ -z "$words" ] || COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    // Where there is nothing to choose from, files.
    'complete -o default -o bashdefault -F _saev saev',
  ].join('\n');
}

function fishScript(commands: readonly Completed[]): string {
  const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const first = '__fish_use_subcommand';
  return commands
    .flatMap(({ name, summary, flags }) => [
      `complete -c saev -n ${first} -f -a ${name} -d ${quoted(summary)}`,
      ...flags.map(({ flag, field }) => {
        const { choices } = field.types;
        const values =
          choices.length === 0 ? '' : ` -xa ${quoted(choices.map(kebabCase).join(' '))}`;
        const about = field.description.split(/[.;:(]/)[0]!;
        return `complete -c saev -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}${values} -d ${quoted(about)}`;
      }),
    ])
    .join('\n');
}
