import type { Report } from './report/report.ts';

/** A Golem for requestors on this machine: a daemon, real or a stand-in, with providers behind it. */
export interface GolemBackend {
  /** For the SDK's `api.url` or YAGNA_API_URL. */
  readonly url: string;
  /** For the SDK's `api.key` or YAGNA_APPKEY. */
  readonly appKey: string;
  /** For the SDK's `payment.network`. */
  readonly network: string;
  report(): Promise<Report>;
  /** Ends every process, removes every file; gives what was open or unpaid at that moment. */
  close(): Promise<Report>;
}
