// The functions of transcoder-circuits and what does their work here: a section of docs/from-transcoder-circuits.md.

/** Functions there, and what does their work here. */
const FUNCTIONS: readonly (readonly [there: string, here: string])[] = [
  [
    '`get_model`, `load_session`',
    '`openLanguageModel` of `saev`; `openSource` of `saev/activations`',
  ],
  [
    '`load_session_from_pretrained`',
    '`openCoderSession` of `saev/training`; `saev visuals --ckpt FILE.pt`, `saev replace --transcoders FILE.pt`',
  ],
  [
    '`load_from_pretrained`, `save_model`',
    '`readCoder`, `writeCheckpoint` of `saev`; `saev convert`',
  ],
  ['`train_sae_on_language_model`, `run_evals`', '`train` of `saev`; `saev train`'],
  ['`compute_geometric_median`', '`geometricMedian` of `saev/sae`'],
  ['`TranscoderReplacementContext`, `ZeroAblationContext`', '`withReplacement`; `saev replace`'],
  [
    '`make_sae_feature_vector`, `FeatureVector`',
    '`coderFeature` (of a `placedCoder`), `logitFeature`, `vectorFeature`',
  ],
  ['`get_attn_head_contribs`, `get_transcoder_ixg`, `get_top_contribs`', '`topContributions`'],
  [
    '`greedy_get_top_paths`',
    '`topPaths`; `saev circuits --mode compatible --raw` (without `--raw`: capped, its default)',
  ],
  ['`print_all_paths`, `path_to_str`', '`printedPaths`, `pathText`; `paths.txt`'],
  ['`get_raw_top_features_among_paths`', '`topFeaturesOfPaths`'],
  [
    '`FeatureFilter`, `get_paths_via_filter`',
    '`parseFilter`, `pathsThatMatch`; `--filter`, `--infix`, `--not-infix`, `--suffix`',
  ],
  [
    '`paths_to_graph`, `add_error_nodes_to_graph`, `sum_over_tokens`',
    '`graphOfPaths`, `withErrorNodes`, `sumOverTokens`',
  ],
  ['`get_contribs_in_graph`, `nodes_to_coords`', '`contributionsInGraph`, `nodeCoordinates`'],
  [
    '`plot_graph`',
    '`graphOfRoots`, then `graphFigure` or `writeCircuitFiles`: another picture, and a page',
  ],
  ['`get_mean_ixg`', '`meanInputTimesGradient`; with `token_idxs` `inputTimesGradientAt`'],
  ['`get_feature_scores`', '`featureScores` of `saev/analysis`; raw ones `probeScores`'],
  [
    '`sample_uniform`, `sample_percentiles`, `get_uniform_band_examples`',
    '`sampleUniform`, `samplePercentiles`, `uniformBands` of `saev/analysis`',
  ],
  [
    '`display_activating_examples_dash`, `make_sequence_html`',
    'the page of `saev visuals`, a feature at a time',
  ],
  [
    '`get_logits_for_feature`, `display_logits_for_feature`',
    '`featureLogits` of `saev/analysis`; the page',
  ],
  [
    '`get_transcoder_pullback_features`',
    '`pullback`, `featurePullbacks` of `saev/analysis`; the page, with `saev visuals --transcoders`',
  ],
  [
    '`get_deembeddings_for_transcoder_feature`',
    '`featureDeembeddings` of `saev/analysis`; the page',
  ],
  ['`get_deembeddings_for_feature_vector`', '`deembed` of `saev/analysis`'],
  ['`get_ov_norms_for_transcoder_feature`', '`headNorms` of `saev/analysis`; the page'],
  [
    '`plot_pulledback_feature`, `plot_deembedding_for_transcoder_feature`',
    'the numbers, by `pullback` and `deembed`; no plot',
  ],
  ['`shuffle_activations_pairwise`, `mean_ablate_hook`', 'not here'],
];

/** Write the section. */
export function functionsSection(): string {
  const rows = FUNCTIONS.map(([there, here]) => `| ${there} | ${here} |`);
  return `## Functions

Names on the right are of \`saev/circuits\` unless it says otherwise; [circuits.md](circuits.md#in-programs) and
[reference.md](reference.md) have what they do.

| there | here |
| --- | --- |
${rows.join('\n')}
`;
}
