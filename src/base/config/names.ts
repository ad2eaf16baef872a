// One name, four spellings: nPatches (files and code), n_patches (Python), --n-patches (flags), NPATCHES (typing).

/** Spell a key so that camelCase, snake_case and kebab-case of it are equal; dots are kept. */
export function canonical(name: string): string {
  return name.replaceAll(/[-_ ]/g, '').toLowerCase();
}

/** Spell a camelCase key with hyphens: `normalizeWDec` becomes `normalize-w-dec`. */
export function kebabCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Spell the flag of a field: `['sae', 'expFactor']` becomes `--sae.exp-factor`. */
export function flagOf(path: readonly string[]): string {
  return `--${path.map(kebabCase).join('.')}`;
}
