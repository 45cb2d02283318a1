import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LocalAws } from '../credentials.ts';
import type { Bucket } from './buckets.ts';
import type { Send } from './notify.ts';

export interface S3Options extends LocalAws {
  /** Address of the emulator that keeps the objects. */
  readonly emulator: string;
  readonly buckets: readonly Bucket[];
  readonly send: Send;
  /** ms since 1970. */
  readonly clock: () => number;
  readonly onLine: (line: string) => void;
}

/** One request, and where it goes. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Undefined for a request that is about none, or one that the template does not have. */
  readonly bucket: Bucket | undefined;
  /** Decoded; empty for the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
  /** For pages of other origins. */
  readonly cors: Readonly<Record<string, string>>;
}
