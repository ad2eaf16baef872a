// The system's refusals as mistakes that a person can mend, where something is written and at the edge of a program.
import { errorCode, UserError } from '../errors.ts';
import { systemReason } from './reasons.ts';

/** Turn the disk's own refusals (full, read-only, no right …) into a UserError about `path`; pass other errors on. */
export function diskError(error: unknown, path: string, verb = 'write'): unknown {
  const reason = systemReason(error);
  if (error instanceof UserError || reason === undefined) return error;
  return new UserError(`cannot ${verb} '${shortPath(path)}': ${reason}`, { cause: error });
}

/** A path that fits into a sentence. */
function shortPath(path: string): string {
  return path.length > 200 ? `${path.slice(0, 120)}…${path.slice(-60)}` : path;
}

/** What Node and WebAssembly say when memory is not to be had. */
const NO_MEMORY =
  /Array buffer allocation failed|could not allocate memory|Invalid typed array length: \d{9}|reaching memory limit|bad_alloc|Failed to allocate memory|longer than 0x1fffffe8|Cannot create a string longer/;

const NO_MEMORY_CODES = new Set([
  'ENOMEM',
  'ERR_WORKER_OUT_OF_MEMORY',
  'ERR_WORKER_INIT_FAILED',
  'ERR_MEMORY_ALLOCATION_FAILED',
  'ERR_STRING_TOO_LONG',
]);

/** Fields of Node's system errors. */
interface SystemFields {
  readonly syscall?: unknown;
  readonly path?: unknown;
  readonly dest?: unknown;
}

/**
 * See in an error that nothing translated, or in what caused it, the system's refusal; undefined where there is none. For
 * the edge of a program: who knows more (what was being written, and what for) says more.
 */
export function refusalOfSystem(error: unknown): UserError | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof UserError) return each;
    if (NO_MEMORY.test(each.message) || NO_MEMORY_CODES.has(errorCode(each) ?? '')) {
      return new UserError(`not enough memory: ${each.message}`, {
        hint: 'use smaller sizes (latents, batch, a smaller model) or fewer threads, or close other programs',
      });
    }
    const few = tooFewFiles(each);
    if (few !== undefined) return few;
    const reason = systemReason(each);
    const { syscall, path, dest } = each as SystemFields;
    if (reason === undefined || typeof syscall !== 'string') continue;
    const named = [path, dest].filter((name) => typeof name === 'string').map(shortPath);
    const what = named.length === 0 ? '' : ` of '${named.join("' to '")}'`;
    return new UserError(`${VERBS[syscall] ?? syscall}${what} failed: ${reason}`);
  }
  return undefined;
}

/** Open files below which not even the program's own modules can be loaded. */
const FEWEST_FILES = 256;

/** Node calls a module missing that it may not open. */
function tooFewFiles(error: Error): UserError | undefined {
  const code = errorCode(error);
  if (code !== 'EMFILE' && code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const limit = Number(report.userLimits?.open_files?.soft);
  if (!(limit < FEWEST_FILES)) return undefined;
  return new UserError(`this shell allows a process ${limit} open files, which is too few`, {
    hint: 'ulimit -n 1024',
  });
}

/** System calls that a person knows by another name. */
const VERBS: Readonly<Record<string, string>> = {
  open: 'opening',
  read: 'reading',
  write: 'writing',
  fsync: 'writing',
  fdatasync: 'writing',
  ftruncate: 'writing',
  rename: 'renaming',
  unlink: 'removing',
  rmdir: 'removing',
  rm: 'removing',
  mkdir: 'making the folder',
  mkdtemp: 'making the folder',
  scandir: 'listing',
  stat: 'looking at',
  lstat: 'looking at',
  realpath: 'looking at',
  spawn: 'starting',
};
