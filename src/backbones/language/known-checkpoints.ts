// The names of language models, and their short forms, as TransformerLens knows them (supported_models.py).
import { LANGUAGE_WORLD_NAMES } from '../../data/worlds/language/asset.ts';

/** Name on the hub → short names. */
const SHORT_NAMES: Readonly<Record<string, readonly string[]>> = {
  gpt2: ['gpt2-small'],
  'gpt2-medium': [],
  'gpt2-large': [],
  'gpt2-xl': [],
  distilgpt2: ['distillgpt2', 'distill-gpt2', 'distil-gpt2', 'gpt2-xs'],
  'EleutherAI/gpt-neox-20b': ['gpt-neox-20b', 'gpt-neox', 'neox'],
  ...Object.fromEntries(pythia()),
  ...Object.fromEntries(stanford()),
  ...Object.fromEntries(small()),
};

/** Where models with a bare name lie on the hub. */
const HOMES: Readonly<Record<string, string>> = {
  gpt2: 'openai-community/gpt2',
  'gpt2-medium': 'openai-community/gpt2-medium',
  'gpt2-large': 'openai-community/gpt2-large',
  'gpt2-xl': 'openai-community/gpt2-xl',
  distilgpt2: 'distilbert/distilgpt2',
};

const FULL_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries(SHORT_NAMES).flatMap(([name, short]) =>
    [name, ...short].map((each) => [each.toLowerCase(), name] as const),
  ),
);

/** All names that need no organisation in front, and the full ones. */
export const LANGUAGE_MODELS: readonly string[] = [
  ...LANGUAGE_WORLD_NAMES,
  ...Object.entries(SHORT_NAMES).flatMap(([name, short]) => [name, ...short]),
];

/** The hub repository that holds a model, then the name it had before; none for a name that is not in the list. */
export function repositoriesOf(name: string): readonly string[] {
  const full = FULL_NAMES.get(name.toLowerCase());
  if (full === undefined) return [];
  const home = HOMES[full];
  return home === undefined ? [full] : [home, full];
}

/** Pythia's sizes and what they were called first, in their four trainings. */
function pythia(): [string, string[]][] {
  const formerly: Record<string, string[]> = {
    '14m': [],
    '31m': [],
    '70m': ['19m'],
    '160m': ['125m'],
    '410m': ['350m'],
    '1b': ['800m'],
    '1.4b': ['1.3b'],
    '2.8b': ['2.7b'],
    '6.9b': ['6.7b'],
    '12b': ['13b'],
  };
  const plain = (size: string): boolean => size === '14m' || size === '31m';
  return Object.entries(formerly).flatMap(([size, old]) =>
    ['', '-deduped', '-v0', '-deduped-v0', '-seed1', '-seed2', '-seed3']
      .filter((kind) => kind === '' || !plain(size))
      .filter((kind) => !kind.startsWith('-seed') || size === '160m')
      .map((kind): [string, string[]] => [
        `EleutherAI/pythia-${size}${kind}`,
        [
          `pythia-${size}${kind}`,
          ...old.flatMap((each) => [`EleutherAI/pythia-${each}${kind}`, `pythia-${each}${kind}`]),
          ...(size === '70m' && (kind === '' || kind === '-v0') ? [`pythia${kind}`] : []),
        ],
      ]),
  );
}

/** Stanford's five small and five medium GPT-2s. */
function stanford(): [string, string[]][] {
  const names = {
    small: ['alias', 'battlestar', 'caprica', 'darkmatter', 'expanse'],
    medium: ['arwen', 'beren', 'celebrimbor', 'durin', 'eowyn'],
  };
  const seeds = [21, 49, 81, 343, 777];
  return Object.entries(names).flatMap(([size, all]) =>
    all.map((name, i): [string, string[]] => {
      const model = `${name}-gpt2-${size}-x${seeds[i]}`;
      const forms = [
        `stanford-gpt2-${size}`,
        `gpt2-stanford-${size}`,
        size === 'small' ? 'gpt2-mistral-small' : 'gpt2-medium-small',
      ];
      return [`stanford-crfm/${model}`, [model, ...forms.map((form) => `${form}-${'abcde'[i]}`)]];
    }),
  );
}

/** Neel Nanda's small models. */
function small(): [string, string[]][] {
  const named = (repo: string, short: string): [string, string[]] => [
    `NeelNanda/${repo}_C4_Code`,
    [short, `${short}-new`, `${short}-c4-code`],
  ];
  const depths = [1, 2, 3, 4];
  const deep: [number, number][] = [
    [6, 768],
    [8, 1024],
    [10, 1280],
    [12, 1536],
  ];
  const wiki = (n: number): [string, string[]] => [
    `NeelNanda/SoLU_${n}L512W_Wiki_Finetune`,
    [`solu-${n}l-wiki`, `solu-${n}l-wiki-finetune`, `solu-${n}l-finetune`],
  ];
  const demo = 'attn-only-2l';
  return [
    ...depths.map((n) => named(`GELU_${n}L512W`, `gelu-${n}l`)),
    ...depths.map((n) => named(`SoLU_${n}L512W`, `solu-${n}l`)),
    ...deep.map(([n, width]) => named(`SoLU_${n}L${width}W`, `solu-${n}l`)),
    ...depths.map((n) => named(`Attn_Only_${n}L512W`, `attn-only-${n}l`)),
    ...[1, 4].map(wiki),
    [
      'NeelNanda/Attn-Only-2L512W-Shortformer-6B-big-lr',
      [`${demo}-demo`, `${demo}-shortformer-6b-big-lr`, `${demo}-induction-demo`, 'attn-only-demo'],
    ],
  ];
}
