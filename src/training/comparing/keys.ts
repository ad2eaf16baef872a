// What people call the model and the data set of recorded activations: `get_model_key` and `get_data_key` of Python's
// saev/interactive/metrics.py, which knew three models and two data sets; others go by their own names.
import type { ActivationMetadata } from '../../activations/shards/metadata.ts';

/** The models that Python's saev has names for. */
const MODELS: Readonly<Record<string, string>> = {
  'dinov2 dinov2_vitb14_reg': 'DINOv2 ViT-B/14',
  'clip ViT-B-16/openai': 'CLIP ViT-B/16',
  'clip hf-hub:imageomics/bioclip': 'BioCLIP ViT-B/16',
};

/** Name the model of recorded activations; one that Python's saev had no name for by its checkpoint. */
export function modelKey({
  family,
  checkpoint,
}: Pick<ActivationMetadata, 'family' | 'checkpoint'>): string {
  const known = MODELS[`${family} ${checkpoint}`];
  if (known !== undefined) return known;
  const name = checkpoint.replace(/^hf-hub:/, '').replace(/[\\/]+$/, '');
  // Language models go by the name of their checkpoint: `lens` says only whose hook points are meant.
  const isSaid = family === 'lens' || name.toLowerCase().includes(family.toLowerCase());
  return isSaid ? name : `${family} ${name}`;
}

/** Name the data set of recorded activations, by its description: a Python repr, a pickle as base64, or JSON. */
export function dataKey({
  data,
  dataset,
}: {
  readonly data: string;
  /** Root folder of the data set, where the metadata has it. */
  readonly dataset?: string;
}): string {
  const text = describedIn(data);
  if (text.includes('train_mini') && /ImageFolderDataset|ImgFolder/.test(text)) return 'iNat21';
  if (text.includes('train') && text.includes('Imagenet')) return 'ImageNet-1K';
  const split = field(text, 'split');
  if (/Ade20k/.test(text)) return split === undefined ? 'ADE20K' : `ADE20K ${split}`;
  const place = dataset || field(text, 'root') || field(text, 'name') || field(text, 'path');
  if (place !== undefined)
    return split === undefined ? shortPlace(place) : `${shortPlace(place)} ${split}`;
  return field(text, 'type') ?? '';
}

/** Name a data set by the settings of a live source: the same names as for what was recorded of it. */
export function dataKeyOfSettings(settings: Readonly<Record<string, unknown>>): string {
  const said = (name: string): string | undefined =>
    typeof settings[name] === 'string' ? settings[name] : undefined;
  const type = said('type') ?? '';
  const split = said('split');
  if (type === 'imagenet') {
    const isTrain = split === undefined || split.includes('train');
    if (isTrain) return 'ImageNet-1K';
  }
  if (type === 'ade20k') return split === undefined ? 'ADE20K' : `ADE20K ${split}`;
  const place = said('name') ?? said('root') ?? said('path');
  if (type === 'image-folder' && place?.includes('train_mini')) return 'iNat21';
  return place === undefined ? type : shortPlace(place);
}

/** The readable part of a description: a pickle holds names as they are. */
function describedIn(data: string): string {
  const isBase64 = data.length >= 16 && /^[A-Za-z0-9+/\s]+=*\s*$/.test(data);
  return isBase64 ? Buffer.from(data, 'base64').toString('latin1') : data;
}

/** The value of a field in a Python repr or in JSON. */
function field(text: string, name: string): string | undefined {
  const found = new RegExp(`\\b${name}["']?\\s*[=:]\\s*(?:"([^"]+)"|'([^']+)')`).exec(text);
  return found?.[1] ?? found?.[2];
}

/** Names of folders that say nothing without the folder that they stand in. */
const COMMON = /^(images?|data|train|training|val|validation|test|split|texts?)$/i;

/** A path by its last folder, with the one above where that says too little; a name on the hub as it is. */
function shortPlace(place: string): string {
  const isName = /^[\w.-]+\/[\w.-]+$/.test(place) && !place.startsWith('.');
  const parts = place
    .split(/[\\/]+/)
    .filter((part) => part !== '' && part !== '.' && part !== '..');
  const last = parts.at(-1) ?? place;
  if (isName && !COMMON.test(last)) return place;
  return COMMON.test(last) ? parts.slice(-2).join('/') : last;
}
