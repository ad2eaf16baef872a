// Studies: what features are good for, measured on labels.

export { checkSameExamples, exampleLabels, type Labels, tokenLabels } from './labels/labels.ts';
