// A request that is refused: a sentence for the visitor, and the status that says so to programs.
import { UserError } from '../../base/errors.ts';

/** Statuses of refusals. */
export type RefusalStatus = 401 | 403 | 404 | 405 | 413 | 415 | 503;

/** Why a request is not answered. */
export class Refusal extends UserError {
  readonly status: RefusalStatus;

  constructor(status: RefusalStatus, message: string, options: { hint?: string } = {}) {
    super(message, options);
    this.name = 'Refusal';
    this.status = status;
  }
}
