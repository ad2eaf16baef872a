// Why the system refuses (a full disk, no permission, no such folder), in words.

/** Errors of the system that are no fault of the program, by code. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EBUSY: 'it is in use',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'something else stands there',
  EFBIG: 'the file would be larger than is allowed (ulimit -f, or the file system)',
  EHOSTDOWN: 'the machine that holds it does not answer',
  EIO: 'the disk reports an input or output error',
  EISDIR: 'a folder stands there',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'this process has too many files open (ulimit -n)',
  EMLINK: 'it has too many links',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'the machine has too many files open',
  ENODEV: 'the device is not there',
  ENOENT: 'it, or a folder that it stands in, is not there',
  ENOMEM: 'the machine has not enough memory',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is a file',
  ENOTEMPTY: 'the folder is not empty',
  ENOTSUP: 'the file system cannot do that',
  ENXIO: 'the device is not there',
  EPERM: 'permission is denied',
  EREMOTEIO: 'the machine that holds it reports an error',
  EROFS: 'the file system is read-only',
  ESTALE: 'the file system no longer knows it (stale handle)',
  ETIMEDOUT: 'the file system does not answer',
  ETXTBSY: 'it is a program that runs',
  EXDEV: 'it lies on another file system',
};

/** Codes by number: Node has no name for some (EDQUOT is its "Unknown system error -122"). */
const NAMES = new Map(
  Object.entries(numbers())
    .filter(([name]) => name in REASONS)
    .map(([name, number]) => [number, name]),
);

/** Numbers of errors by their codes; none in a browser, where these files run, too. */
function numbers(): Readonly<Record<string, number>> {
  const { process: node } = globalThis as { process?: typeof process };
  const known = node?.getBuiltinModule?.('node:os').constants.errno;
  return { ...(node?.platform === 'linux' && { EREMOTEIO: 121 }), ...known };
}

/** The code of a system error, by its number where Node has no name for it; undefined for other errors. */
function systemCode(error: unknown): string | undefined {
  const { errno, code } = (error ?? {}) as { errno?: unknown; code?: unknown };
  if (typeof code === 'string' && code in REASONS) return code;
  // Numbers of zlib's own mistakes are not those of the system.
  if (typeof code === 'string' && code.startsWith('Z_')) return undefined;
  return typeof errno === 'number' ? NAMES.get(Math.abs(errno)) : undefined;
}

/** Say in words why the system refused; undefined for errors that are not its refusals. */
export function systemReason(error: unknown): string | undefined {
  return REASONS[systemCode(error) ?? ''];
}
