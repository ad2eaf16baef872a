// Opening a page in the browser of whoever sits at this machine.
import { spawn } from 'node:child_process';

/** Open an address; tells why it could not, as far as that shows at once. */
export function openPage(
  url: string,
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): Promise<string | undefined> {
  const hasScreen =
    platform !== 'linux' ||
    [environment.DISPLAY, environment.WAYLAND_DISPLAY, environment.WSL_DISTRO_NAME].some(Boolean);
  if (!hasScreen)
    return Promise.resolve('there is no screen here: open the address in a browser yourself');
  const [program, ...args] =
    platform === 'darwin'
      ? ['open', url]
      : platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', url]
        : ['xdg-open', url];
  return new Promise((resolve) => {
    const child = spawn(program!, args, { stdio: 'ignore', detached: true });
    child.once('spawn', () => {
      child.unref();
      resolve(undefined);
    });
    child.once('error', () =>
      resolve(`'${program}' could not be started: open the address in a browser yourself`),
    );
  });
}
