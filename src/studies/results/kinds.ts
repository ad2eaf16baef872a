// The kinds of studies by the files that they leave. A new one is an entry here.

/** A kind of study. */
export interface StudyKind {
  /** As the command is called. */
  readonly name: string;
  readonly label: string;
  /** Whether a folder with these files is one. */
  isThere(files: ReadonlySet<string>): boolean;
  /** Tables, with what they say. */
  readonly tables: Readonly<Record<string, string>>;
  /** Pictures without their extension, with what they show. */
  readonly pictures: Readonly<Record<string, string>>;
  /** File that names the autoencoder. */
  readonly report?: string;
}

/** The kinds; the first that fits a folder is its kind. */
export const STUDY_KINDS: readonly StudyKind[] = [
  {
    name: 'score',
    label: 'Scores of concepts',
    isThere: (files) => files.has('scores.csv') && files.has('index.html'),
    tables: { 'scores.csv': 'Latents that tell each concept best' },
    pictures: {},
    report: 'scores.json',
  },
  {
    name: 'semprobe',
    label: 'Latents that tell images or texts',
    isThere: (files) =>
      (files.has('scores.csv') && files.has('scores.json')) ||
      (files.has('texts.csv') && files.has('texts.json')),
    tables: {
      'scores.csv': 'Every latent on each task',
      'texts.csv': 'Latents that tell the two sides apart',
    },
    pictures: {},
    report: 'scores.json',
  },
  {
    name: 'semseg quantify',
    label: 'Edits measured by a segmentation',
    isThere: (files) => files.has('results-truth.csv') && files.has('results.csv'),
    tables: {
      'results.csv': 'Patches that changed their class, by method, counted from predictions',
      'results-truth.csv': 'The same, counted from the truth',
      'features.csv': 'Latents that were chosen for each class',
      'classes.csv': 'Changes by class and latent',
    },
    pictures: { results: 'Changes by method' },
    report: 'report.json',
  },
  {
    name: 'semseg validate',
    label: 'Segmentation heads',
    isThere: (files) => files.has('results.json') && files.has('classes.csv'),
    tables: {
      'results.csv': 'Heads by learning rate and weight decay, with the IoU of each class',
      'classes.csv': 'Classes of the best head',
    },
    pictures: {
      predictions: 'Images, truth and predictions of the best head',
      'hparam-sweeps': 'Heads by learning rate and weight decay',
    },
    report: 'results.json',
  },
  {
    name: 'classify',
    label: 'Classification heads',
    isThere: (files) => files.has('confusion.csv') && files.has('results.csv'),
    tables: {
      'results.csv': 'Heads by learning rate and weight decay',
      'k-latents.csv': 'Heads that read a few latents a class',
      'confusion.csv': 'What was taken for what, by the best head',
    },
    pictures: {
      confusion: 'What was taken for what',
      'hparam-sweeps': 'Heads by learning rate and weight decay',
    },
    report: 'report.json',
  },
  {
    name: 'semseg propose',
    label: 'Latents proposed for classes',
    isThere: (files) => files.has('features.csv') && !files.has('results.csv'),
    tables: { 'features.csv': 'Latents that tell each class best' },
    pictures: {},
  },
  {
    name: 'saebench core',
    label: 'SAEBench: core',
    isThere: (files) => files.has('core.csv'),
    tables: { 'core.csv': 'Coders under the names of SAEBench' },
    pictures: {},
  },
  {
    name: 'saebench sparse-probing',
    label: 'SAEBench: sparse probing',
    isThere: (files) => files.has('sparse_probing.csv'),
    tables: {
      'sparse_probing.csv': 'Accuracies of probes on a few latents, on all, and on the model',
    },
    pictures: {},
  },
];

/** The kind of a folder with these files. */
export function studyKindOf(files: ReadonlySet<string>): StudyKind | undefined {
  return STUDY_KINDS.find((kind) => kind.isThere(files));
}
