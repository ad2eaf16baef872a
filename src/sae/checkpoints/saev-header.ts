// The JSON line at the head of saev's sae.pt files, in all its versions. https://github.com/OSU-NLP-Group/saev
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import type { Activation } from '../activation-functions/registry.ts';
import type { CoderConfig } from '../coder.ts';
import { parseHeader, width, without } from './header.ts';
import { withPlace } from './place-fields.ts';

/** A dataclass as saev serialises it. */
const Payload = z.looseObject({
  cls: z.string(),
  params: z.looseObject({ top_k: z.int().positive().optional() }).default({}),
});

const Config = z.looseObject({
  d_vit: width.optional(),
  d_model: width.optional(),
  d_sae: width.optional(),
  exp_factor: width.optional(),
  top_k: z.int().positive().optional(),
  activation: Payload.optional(),
});
type Config = z.infer<typeof Config>;

const Versioned = z.looseObject({
  schema: z.int(),
  cls: z.string().optional(),
  cfg: Config,
});

/** Newest schema that is known. */
export const NEWEST_SCHEMA = 5;
/** Up to this schema the program centred and scaled rows unless told otherwise; no header holds the numbers. */
const LAST_UNSAID_SCHEMA = 1;
const SIZES = ['d_vit', 'd_model', 'd_sae', 'exp_factor', 'top_k'];

interface SaevHeader {
  /** Undefined before versions were written. */
  readonly schema: number | undefined;
  readonly config: CoderConfig;
}

/**
 * Read a header. `hasThreshold` says whether the weights hold a BatchTopK's learnt threshold.
 *
 * Files without a schema (February 2025) encode `x − b_dec`; from schema 1 on saev encodes `x` itself. Later versions
 * of saev load the old files without the subtraction and get other codes; here each keeps the meaning it was trained with.
 */
export function parseSaevHeader(header: unknown, path: string, hasThreshold: boolean): SaevHeader {
  const isVersioned = typeof header === 'object' && header !== null && 'schema' in header;
  if (!isVersioned) {
    const cfg = parseHeader(Config, header, path);
    const later = ['cls', 'cfg', 'activation', 'top_k'].find((key) => cfg[key] !== undefined);
    if (later !== undefined) {
      throw new UserError(`invalid checkpoint: '${path}' has '${later}' and no schema`, {
        hint: 'files without a schema are those of the first saev, which knew ReLU alone',
      });
    }
    const early = { subtractDecoderBias: true, isScaleUnsaid: true };
    return { schema: undefined, config: coderConfig(cfg, { kind: 'relu' }, path, early) };
  }
  const parsed = parseHeader(Versioned, header, path);
  const { schema, cfg } = parsed;
  if (schema < 1 || schema > NEWEST_SCHEMA) {
    throw new UserError(`unsupported schema ${schema} of '${path}'`, {
      hint: `saev's schemas 1 to ${NEWEST_SCHEMA} and files without one are known`,
    });
  }
  const activation = activationOf(parsed.cls, cfg, path, hasThreshold);
  const rest = without(parsed, ['cfg', 'cls']);
  const isScaleUnsaid = schema <= LAST_UNSAID_SCHEMA;
  return { schema, config: coderConfig(cfg, activation, path, { isScaleUnsaid, rest }) };
}

/** What a header's schema means, and what else it holds. */
interface Conventions {
  readonly subtractDecoderBias?: boolean;
  readonly isScaleUnsaid?: boolean;
  readonly rest?: Record<string, unknown>;
}

function coderConfig(
  cfg: Config,
  activation: Activation,
  path: string,
  { subtractDecoderBias = false, isScaleUnsaid = false, rest = {} }: Conventions,
): CoderConfig {
  const d = cfg.d_model ?? cfg.d_vit;
  if (d === undefined) throw new UserError(`invalid checkpoint: missing d_model in '${path}'`);
  const dSae = cfg.d_sae ?? (cfg.exp_factor === undefined ? undefined : d * cfg.exp_factor);
  if (dSae === undefined) throw new UserError(`invalid checkpoint: missing d_sae in '${path}'`);
  return withPlace({
    dIn: d,
    dOut: d,
    dSae,
    activation,
    subtractDecoderBias,
    ...(isScaleUnsaid && { isScaleUnsaid }),
    metadata: { ...without(cfg, SIZES), ...rest },
  });
}

/** Schema 1 was first written with the activation's name in `cls`, then with it in `cfg.activation`. */
function activationOf(
  cls: string | undefined,
  cfg: Config,
  path: string,
  hasThreshold: boolean,
): Activation {
  const fromCls = cls?.endsWith('Config') ? undefined : cls;
  const name = cfg.activation?.cls ?? fromCls ?? 'Relu';
  if (name === 'Relu') return { kind: 'relu' };
  if (name !== 'TopK' && name !== 'BatchTopK') {
    throw new UserError(`unsupported activation '${name}' in '${path}'`);
  }
  const k = cfg.activation === undefined ? cfg.top_k : cfg.activation.params.top_k;
  if (k === undefined) throw new UserError(`invalid checkpoint: missing top_k in '${path}'`);
  // Before it learnt a threshold, saev's BatchTopK took the k largest of each row.
  return name === 'BatchTopK' && hasThreshold
    ? { kind: 'batchtopk', k }
    : { kind: 'topk', k, signed: true };
}
