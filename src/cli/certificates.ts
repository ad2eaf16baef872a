// --no-ssl: what Python's saev does with an unverified context.
import { logger } from '../base/log.ts';

/** Accept any server certificate from now on. */
export function trustAnyServer(): void {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  logger('hub').warn('server certificates are not checked');
}
