import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type Environment, required } from '../aws/settings.ts';
import { uploadOrigin } from '../aws/upload-origin.ts';
import { http } from './http/http.ts';
import { header } from './http/image-body.ts';
import { lambdaLog } from './http/request-log.ts';
import type { HttpFunction, Log } from './http/types.ts';

/** What web/build.ts leaves beside this file, in the repository and in Lambda. */
export interface Page {
  readonly html: string;
  /** Source expressions of its script and its style, for the Content-Security-Policy. */
  readonly script: string;
  readonly style: string;
}

/** `GET /`: the page, which may run its own script and reach the API and `uploads`, and nothing else. */
export function readPage({ html, script, style }: Page, uploads: string, log: Log): HttpFunction {
  const zipped = gzipSync(html, { level: 9 });
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'content-security-policy': [
      `default-src 'none'; script-src ${script}; style-src ${style}; img-src blob: data:; connect-src 'self' ${uploads}`,
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ].join('; '),
    vary: 'accept-encoding',
  };
  return http(['GET'], log, (event) => {
    const takesGzip = /\bgzip\b/.test(header(event, 'accept-encoding') ?? '');
    if (!takesGzip) return { status: 200, body: html, headers };
    return { status: 200, body: zipped, headers: { ...headers, 'content-encoding': 'gzip' } };
  });
}

function settings(env: Environment): readonly [Page, string] {
  const page = JSON.parse(readFileSync(new URL('page.json', import.meta.url), 'utf8')) as Page;
  return [page, uploadOrigin(env, required(env, 'BUCKET_NAME'))];
}

export const handler = readPage(...settings(process.env), lambdaLog());
