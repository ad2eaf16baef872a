// Studies: what features are good for, measured on labels.

export { type SegmentedImages, segmentedImages } from '../activations/labels/class-maps.ts';
export { labelPatches } from '../activations/labels/label-patches.ts';
export {
  type PatchGeometry,
  patchGeometry,
  squashed,
} from '../activations/labels/patch-geometry.ts';
export { type ClassMap, seenClassMap } from '../activations/labels/seen-class-map.ts';
export { patchGeometryOfShards } from '../activations/labels/shard-geometry.ts';
export type { ImageSeen, LatentAnswer, LatentsAnswer, TextSeen } from '../pages/ask.ts';
export type {
  BeforeAfter,
  ChangeSection,
  ClassesSection,
  ContinuationSection,
  EditAnswer,
  EditChange,
  EditHead,
  EditSection,
  LossSection,
  NamedChange,
  NextTokensSection,
  PromptChange,
  SeenClasses,
  SegmentationSection,
  ZeroShotSection,
} from '../pages/edit.ts';
export { type AnswerOptions, answerOfCodes, type CodesAnswer } from './asking/answer.ts';
export { type AskOptions, ask, type ExampleCodes, encodeExample } from './asking/ask.ts';
export {
  type Askable,
  type AskableImages,
  type AskableOptions,
  type AskableTexts,
  openAskable,
} from './asking/askable.ts';
export { AskConfig, type AskConfigInput } from './asking/config.ts';
export { type AskedExample, decodeWithin } from './asking/example-image.ts';
export {
  type CoderHome,
  type DescribedCoder,
  describeCoder,
  type HomeOptions,
  type ImageHome,
  type TextHome,
} from './asking/home.ts';
export type { AnsweredExample } from './asking/job/answered-example.ts';
export { type AskedAll, askAll } from './asking/job/ask-all.ts';
export { type KnownLatent, knownLatents } from './asking/job/known-latents.ts';
export type { ExampleLimits } from './asking/limits.ts';
export { openPicturesOfRun } from './asking/pictures-of-run.ts';
export type { ImageRows, RowsOf, TextRows } from './asking/rows.ts';
export { imageSeen, type SeenRows, textSeen } from './asking/seen.ts';
export { type SharedModels, sharedModels } from './asking/shared-models.ts';
export {
  ClassifyEvaluateConfig,
  type ClassifyEvaluateConfigInput,
  ClassifyTrainConfig,
  type ClassifyTrainConfigInput,
} from './classification/config.ts';
export { evaluateClassification } from './classification/evaluation.ts';
export type { MeasuredHead } from './classification/measured-head.ts';
export type { ClassificationResult, SparseResult } from './classification/results.ts';
export { trainClassification } from './classification/training.ts';
export { forFigures, forTraining, forWebapp } from './classification/transforms.ts';
export {
  type CodeChange,
  type CodeChanges,
  changeCodes,
  changeOutputs,
  checkEditable,
  codeOf,
  type EditingCoder,
} from './editing/change-codes.ts';
export { type CleanRun, type EditPlace, runClean, runEdited } from './editing/edited-run.ts';
export { addVectors, randomUnitVectors } from './editing/vectors.ts';
export { InferConfig, type InferConfigInput } from './inference/config.ts';
export { type InferOptions, type InferSummary, infer } from './inference/infer.ts';
export type { InferenceMetrics } from './inference/metrics.ts';
export { readMetrics } from './inference/metrics-file.ts';
export { type CodedRows, openTokenActs, type TokenActs } from './inference/token-acts.ts';
export { checkSameExamples, exampleLabels, type Labels, tokenLabels } from './labels/labels.ts';
export {
  type ConfidenceOptions,
  confidentLabels,
  type PatchLabels,
  patchLabels,
} from './labels/patch-labels.ts';
export type { HeadRates } from './probes/adamw.ts';
export type { EpochReport } from './probes/epoch-report.ts';
export {
  activationFeatures,
  codeFeatures,
  type DenseRows,
  type FeatureMap,
  type Features,
} from './probes/features.ts';
export {
  headFile,
  headFolder,
  latestHead,
  readHead,
  writeHead,
  writeHeadFolder,
} from './probes/head-files.ts';
export type { LabelledBatch, RememberedRows } from './probes/labelled-rows.ts';
export { initHead, type LinearHead } from './probes/linear-head.ts';
export {
  type HeadMeasure,
  type HeadScores,
  type MeasureOptions,
  measureHeads,
  openHeads,
} from './probes/measure-heads.ts';
export { trainSparseProbes } from './probes/sparse-probes.ts';
export {
  type LatentDifference,
  type StrongestLatents,
  strongestLatents,
} from './probes/strongest-latents.ts';
export {
  type ProbeOptions,
  sweepRates,
  type TrainedProbes,
  trainProbes,
} from './probes/train-probes.ts';
export {
  SaebenchCoreConfig,
  type SaebenchCoreConfigInput,
  SaebenchProbingConfig,
  type SaebenchProbingConfigInput,
} from './saebench/config.ts';
export { benchCore } from './saebench/core/bench-core.ts';
export { benchSparseProbing } from './saebench/probing/bench-probing.ts';
export { type FoundResult, readResult, readResults } from './saebench/results/result-files.ts';
export { BenchResult } from './saebench/results/schemas.ts';
export type { BenchedResult } from './saebench/results/summary.ts';
export type { Baseline, FitOptions } from './scoring/baselines/baseline.ts';
export { BASELINES } from './scoring/baselines/registry.ts';
export type { BestLatents } from './scoring/choose.ts';
export type { ScoredCoder } from './scoring/coded-rows.ts';
export {
  type ConceptOptions,
  type ConceptScore,
  conceptMatches,
  scoreConcepts,
} from './scoring/concepts.ts';
export { ScoreConfig, type ScoreConfigInput } from './scoring/config.ts';
export type { CodedTokens } from './scoring/counts.ts';

export type { ScoreFiles } from './scoring/files.ts';
export type { CurvePoint } from './scoring/pair-scores.ts';
export type { Pool } from './scoring/pooling.ts';
export type { ScoreReport } from './scoring/report.ts';
export { type ScoreSummary, score } from './scoring/score.ts';
export {
  type CoderScores,
  type LatentScores,
  type MethodScores,
  type ScoredConcept,
  type ScoreOptions,
  type Scores,
  scoreCoder,
} from './scoring/score-coder.ts';
export { classTruth, type LabelsOptions, truthOfLabels } from './scoring/truth/labels.ts';
export { languageWorldTruth, type WorldTexts } from './scoring/truth/language-world.ts';
export { type TableOptions, tableTruth } from './scoring/truth/table.ts';
export type { ExampleNames } from './scoring/truth/table-rows.ts';
export type { Concept, ConceptTruth, RowTruth } from './scoring/truth/truth.ts';
export { worldTruth } from './scoring/truth/world.ts';
export {
  SemsegCountConfig,
  type SemsegCountConfigInput,
  SemsegTrainConfig,
  type SemsegTrainConfigInput,
  SemsegValidateConfig,
  type SemsegValidateConfigInput,
} from './segmentation/config.ts';
export {
  type Confusion,
  countPixels,
  measurePixels,
  newConfusion,
  type PixelMeasure,
} from './segmentation/confusion.ts';
export { countPatches, type PatchCounts } from './segmentation/counting.ts';
export {
  type EvaluateOptions,
  evaluateHeads,
  type PatchRows,
} from './segmentation/evaluate-heads.ts';
export {
  bestOf,
  bothMeasures,
  type SegmentationMeasure,
  type ValidatedHead,
} from './segmentation/head-measures.ts';
export { type ClassColour, classColours, paintClasses } from './segmentation/palette.ts';
export {
  type OpenPatchRows,
  openPatchRows,
  type PatchModel,
  type PatchRowOptions,
} from './segmentation/patch-rows.ts';
export { ProposeConfig, type ProposeConfigInput } from './segmentation/proposing/config.ts';
export { type ClassFeatures, readFeatures } from './segmentation/proposing/features-file.ts';
export {
  createLabelCounts,
  type FeatureScore,
  type LabelCountOptions,
  type LabelCounts,
} from './segmentation/proposing/label-counts.ts';
export { type Proposal, propose } from './segmentation/proposing/propose.ts';
export {
  type ChangeCounts,
  type ChangeSummary,
  type ClassChange,
  countChanges,
  summarizeChanges,
} from './segmentation/quantifying/changes.ts';
export type { ChosenFeatures } from './segmentation/quantifying/chosen-features.ts';
export { QuantifyConfig, type QuantifyConfigInput } from './segmentation/quantifying/config.ts';
export { type Quantities, quantify } from './segmentation/quantifying/quantify.ts';
export type { ChangeStart, MethodReport } from './segmentation/quantifying/report.ts';
export type { WrittenQuantities } from './segmentation/quantifying/write-quantities.ts';
export { loadSavedHeads, type SavedHead } from './segmentation/saved-heads.ts';
export { type TrainedHead, trainSegmentation } from './segmentation/training.ts';
export { type PatchLogits, patchClasses, pixelClasses } from './segmentation/upsampling.ts';
export {
  type SemsegValidation,
  validateSegmentation,
} from './segmentation/validation.ts';
export {
  SemprobeNegativesConfig,
  type SemprobeNegativesConfigInput,
  SemprobeScoreConfig,
  type SemprobeScoreConfigInput,
  SemprobeTextsConfig,
  type SemprobeTextsConfigInput,
} from './semprobe/config.ts';
export { type DrawnNegatives, writeNegatives } from './semprobe/negatives.ts';
export { type SemprobeScores, scoreTasks, type TaskReport } from './semprobe/score.ts';
export type { Rule } from './semprobe/separation.ts';
export type { TaskScore } from './semprobe/task-scores.ts';
export {
  type StrongToken,
  type TextFinding,
  type TextProbe,
  type TextScore,
  tellTexts,
} from './semprobe/tell-texts.ts';
export { type EditedExample, type EditJob, type EditResult, edit } from './steering/edit.ts';
export type { ImageToEdit } from './steering/edit-image.ts';
export type { FoundHead } from './steering/heads/heads.ts';
export { withOwnCodes } from './steering/heads/own-codes.ts';
export { readEditHeads } from './steering/heads/read-heads.ts';
export { largestSeen } from './steering/largest-seen.ts';
export { EditOptions, type EditOptionsInput } from './steering/options.ts';
export {
  SynthMakeConfig,
  SynthScoreConfig,
  type SynthScoreConfigInput,
} from './synth/config.ts';
export { type NamedScores, scoreSynthetic } from './synth/score.ts';
export { type CoderOnWorld, type ScoreCodersOptions, scoreCoders } from './synth/score-coders.ts';
export { bySettings, type OverSeeds, type ScoredRun, type SeedGroup } from './synth/summary.ts';
export type { LatentTruth, WorldScores } from './synth/world-scores.ts';
