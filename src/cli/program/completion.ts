// Completion of commands and flags in a shell, as a script that the shell reads: made from the list of commands.
import { flagOf, kebabCase } from '../../base/config/names.ts';
import { type Field, fieldsOf, shapeOf } from '../../base/config/shape.ts';
import { unknownName } from '../../base/errors.ts';
import { isGroup, type Listed, singleCommands } from './command.ts';

interface Completed {
  /** One word, or that of the group and its own. */
  readonly name: string;
  readonly flags: readonly { readonly flag: string; readonly field: Field }[];
}

/** Words of the command line and what may follow them: the first words, and the second ones of each group. */
interface Words {
  readonly first: readonly Listed[];
  readonly groups: readonly { readonly name: string; readonly commands: readonly Listed[] }[];
}

type ScriptWriter = (commands: readonly Completed[], words: Words) => string;

const SHELLS: Readonly<Record<string, ScriptWriter>> = {
  bash: bashScript,
  zsh: (...given) => `autoload -U +X bashcompinit && bashcompinit\n${bashScript(...given)}`,
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
  commands: readonly Listed[],
): Promise<string> {
  const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (script === undefined) throw unknownName('shell', shell, SHELL_NAMES);
  const completed: Completed[] = [];
  for (const { name, load } of singleCommands(commands)) {
    const { schema } = (await load()).command;
    const fields = fieldsOf(shapeOf(schema)).filter(({ positional }) => !positional);
    const flags = new Map(fields.map((field) => [flagOf(field.path), field]));
    completed.push({
      name,
      flags: [...flags].map(([flag, field]) => ({ flag, field })),
    });
  }
  return script(completed, { first: commands, groups: commands.filter(isGroup) });
}

function bashScript(commands: readonly Completed[], { first, groups }: Words): string {
  const choices = new Map<string, Set<string>>();
  for (const { flag, field } of commands.flatMap(({ flags }) => flags)) {
    if (field.types.choices.length === 0) continue;
    const known = choices.get(flag) ?? new Set();
    for (const choice of field.types.choices) known.add(kebabCase(choice));
    choices.set(flag, known);
  }
  const cases = (entries: readonly (readonly [string, string])[]): string[] =>
    entries.map(([word, words]) => `    ${word}) words="${words}" ;;`);
  const names = (listed: readonly Listed[]): string => listed.map(({ name }) => name).join(' ');
  return [
    '_saev() {',
    `  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=""`,
    '  COMPREPLY=()',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words="${names(first)} help completion"`,
    '  elif [ "$COMP_CWORD" -eq 2 ]; then',
    `    case "\${COMP_WORDS[1]}" in`,
    ...cases(groups.map(({ name, commands }) => [name, names(commands)])),
    '    esac',
    '  fi',
    '  if [ -z "$words" ]; then',
    '    case "$previous" in',
    ...cases([...choices].map(([flag, words]) => [flag, [...words].join(' ')])),
    '    esac',
    '    if [ -z "$words" ] && [[ "$current" == -* ]]; then',
    `      case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in`,
    ...cases(
      commands.map(({ name, flags }) => [
        name.includes(' ') ? `"${name}"` : `"${name} "*`,
        flags.map(({ flag }) => flag).join(' '),
      ]),
    ),
    '      esac',
    '    fi',
    '  fi',
    '  [ -z "$words" ] || COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    // Where there is nothing to choose from, files.
    'complete -o default -o bashdefault -F _saev saev',
  ].join('\n');
}

function fishScript(commands: readonly Completed[], { first, groups }: Words): string {
  const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const seen = (name: string): string =>
    name
      .split(' ')
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ');
  const offered = (condition: string, listed: readonly Listed[]): string[] =>
    listed.map(
      ({ name, summary }) => `complete -c saev -n ${condition} -f -a ${name} -d ${quoted(summary)}`,
    );
  return [
    ...offered('__fish_use_subcommand', first),
    ...groups.flatMap(({ name, commands }) => offered(quoted(seen(name)), commands)),
    ...commands.flatMap(({ name, flags }) =>
      flags.map(({ flag, field }) => {
        const { choices } = field.types;
        const values =
          choices.length === 0 ? '' : ` -xa ${quoted(choices.map(kebabCase).join(' '))}`;
        const about = field.description.split(/[.;:(]/)[0]!;
        return `complete -c saev -n ${quoted(seen(name))} -l ${flag.slice(2)}${values} -d ${quoted(about)}`;
      }),
    ),
  ].join('\n');
}
