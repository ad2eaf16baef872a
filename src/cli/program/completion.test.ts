import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { COMMANDS } from '../commands.ts';
import type { Listed } from './command.ts';
import { completionScript } from './completion.ts';
import { defineCommand } from './define-command.ts';

const count = defineCommand({
  name: 'sums count',
  flags: { to: z.int().default(2).describe('Where to end.') },
  run: async () => [],
  lines: () => [],
});
const entry = { name: 'count', summary: 'count', load: async () => ({ command: count }) };
const commands: Listed[] = [...COMMANDS, { name: 'sums', summary: 'reckon', commands: [entry] }];

describe('completion', () => {
  it('offers commands, then flags, then the choices of a flag, in bash', async () => {
    const script = await completionScript('bash', commands);
    const replies = (...words: string[]): string[] => {
      const line = `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _saev; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const out = execFileSync('bash', ['-c', line, 'bash', ...words], { encoding: 'utf8' });
      return out.split('\n').filter((word) => word !== '');
    };
    expect(replies('saev', 'tr')).toEqual(['train']);
    expect(replies('saev', '')).toContain('visuals');
    expect(replies('saev', 'train', '--data.shard')).toEqual(['--data.shard-root']);
    expect(replies('saev', 'train', '--sae.kind', 'to')).toEqual(['topk']);
    expect(replies('saev', 'sums', '')).toEqual(['count']);
    expect(replies('saev', 'sums', 'count', '--t')).toEqual(['--to']);
    // Files are left to the shell.
    expect(replies('saev', 'train', '--data.shard-root', 'sh')).toEqual([]);
  });

  it('names every command for zsh and fish, and no other shell', async () => {
    const fish = await completionScript('fish', commands);
    for (const { name } of COMMANDS) expect(fish).toContain(`-a ${name} -d`);
    expect(fish).toContain(
      "-n '__fish_seen_subcommand_from sums; and __fish_seen_subcommand_from count' -l to",
    );
    expect(fish).toContain("'__fish_seen_subcommand_from train' -l sae.kind -xa 'relu");
    expect(await completionScript('zsh', COMMANDS)).toMatch(/^autoload .*bashcompinit\n_saev/);
    await expect(completionScript('csh', COMMANDS)).rejects.toThrow("unknown shell: 'csh'");
  });
});
