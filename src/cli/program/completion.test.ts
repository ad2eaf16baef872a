import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../commands.ts';
import { completionScript } from './completion.ts';

describe('completion', () => {
  it('offers commands, then flags, then the choices of a flag, in bash', async () => {
    const script = await completionScript('bash', COMMANDS);
    const replies = (...words: string[]): string[] => {
      const line = `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _saev; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const out = execFileSync('bash', ['-c', line, 'bash', ...words], { encoding: 'utf8' });
      return out.split('\n').filter((word) => word !== '');
    };
    expect(replies('saev', 'tr')).toEqual(['train']);
    expect(replies('saev', '')).toContain('visuals');
    expect(replies('saev', 'train', '--data.shard')).toEqual(['--data.shard-root']);
    expect(replies('saev', 'train', '--sae.kind', 'to')).toEqual(['topk']);
    // Files are left to the shell.
    expect(replies('saev', 'train', '--data.shard-root', 'sh')).toEqual([]);
  });

  it('names every command for zsh and fish, and no other shell', async () => {
    const fish = await completionScript('fish', COMMANDS);
    for (const { name } of COMMANDS) expect(fish).toContain(`-a ${name} -d`);
    expect(fish).toContain("'__fish_seen_subcommand_from train' -l sae.kind -xa 'relu");
    expect(await completionScript('zsh', COMMANDS)).toMatch(/^autoload .*bashcompinit\n_saev/);
    await expect(completionScript('csh', COMMANDS)).rejects.toThrow("unknown shell: 'csh'");
  });
});
