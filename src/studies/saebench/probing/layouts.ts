// The layouts in which the data sets of sparse probing are published: which columns they have, and which tasks are made of them
// (SAEBench 0.6, sae_bench_utils/dataset_info.py). A new one is an entry here.

/** A task: to tell classes of texts. */
export interface Task {
  /** Added to the name of the data set. */
  readonly suffix: string;
  readonly label: string;
  /** Column of which each class takes equally many rows of either value. */
  readonly balance?: string;
  /** Classes that are told apart, in this order; all when undefined. */
  readonly classes?: readonly string[];
}

/** A layout. */
export interface Layout {
  /** Columns that a table of this layout has. */
  readonly columns: readonly string[];
  readonly text: string;
  readonly tasks: readonly Task[];
}

/** The layouts; the first whose columns a table has is its layout. */
export const LAYOUTS: readonly Layout[] = [
  {
    // LabHC/bias_in_bios
    columns: ['hard_text', 'profession', 'gender'],
    text: 'hard_text',
    tasks: [
      ['0', '1', '2', '6', '9'],
      ['11', '13', '14', '18', '19'],
      ['20', '21', '22', '25', '26'],
    ].map((classes, i) => ({
      suffix: `_class_set${i + 1}`,
      label: 'profession',
      balance: 'gender',
      classes,
    })),
  },
  {
    // canrager/amazon_reviews_mcauley_1and5
    columns: ['text', 'category', 'rating'],
    text: 'text',
    tasks: [
      { suffix: '', label: 'category', balance: 'rating', classes: ['1', '2', '3', '5', '6'] },
      { suffix: '_sentiment', label: 'rating' },
    ],
  },
  // fancyzhx/ag_news, and whatever has these two columns
  { columns: ['text', 'label'], text: 'text', tasks: [{ suffix: '', label: 'label' }] },
];
