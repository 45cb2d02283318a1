import { DaemonError, type Refused } from '../daemon/errors.ts';

const STATUS: Readonly<Record<Refused, number>> = {
  badRequest: 400,
  notFound: 404,
  timeout: 408,
  conflict: 409,
  gone: 410,
  unheard: 500,
};

/** How an error is answered. */
export function refusal(error: unknown): { readonly status: number; readonly message: string } {
  return {
    status: error instanceof DaemonError ? STATUS[error.kind] : 500,
    message: error instanceof Error ? error.message : String(error),
  };
}
