// What can go wrong between here and a server of data, each as one sentence with the way out.
import { describeError, UserError } from '../../../base/errors.ts';
import { proxyHint } from '../../../base/http/request.ts';

const BY_HAND = 'or get the file by hand, put it into the folder and give --no-download';

/** The error for a server that is not reached, or always breaks off. */
export function downloadFailed(url: string, cause: unknown): UserError {
  return new UserError(`download failed: '${url}' (${describeError(cause)})`, {
    hint: `check the network; the same command goes on from here; --url names another place${proxyHint()}`,
    cause,
  });
}

/** The error for an answer that is no success. */
export function refusedBy(url: string, { status, statusText }: Response): UserError {
  const said = `${status} ${statusText}`.trim();
  if (status === 404 || status === 410)
    return new UserError(`nothing at '${url}' (${said})`, {
      hint: `it may have moved: give its address with --url, ${BY_HAND}`,
    });
  if (status === 401 || status === 403)
    return new UserError(`no access to '${url}' (${said})`, {
      hint: `name another place with --url, ${BY_HAND}`,
    });
  return new UserError(`server answered ${said} for '${url}'`, {
    hint: `name another place with --url, ${BY_HAND}`,
  });
}

/** The error for bytes that are not those of the published file. */
export function wrongContent(url: string, problem: string): UserError {
  return new UserError(`wrong content at '${url}': ${problem}`, {
    hint: 'nothing was kept; try again, and check any proxy between',
  });
}

/** The error for a server that has something else there than an archive. */
export function noArchive(url: string, found: string, what = 'archive'): UserError {
  return new UserError(`no ${what} at '${url}': ${found}`, {
    hint: `open the address in a browser: it may ask to log in, or have moved; --url names another place, ${BY_HAND}`,
  });
}
