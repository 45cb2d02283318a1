import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { S3Error } from './error.ts';
import type { Field, Fields } from './post-policy.ts';

/** What a browser posted. */
export interface PostForm {
  readonly fields: Fields;
  readonly file?: PostedFile;
}

export interface PostedFile {
  readonly bytes: Buffer;
  /** Undefined when the part had none; empty when nothing was chosen. */
  readonly name: string | undefined;
}

/** Of all fields before the file, bytes. */
const maxFieldBytes = 20_480;
/** ms; the body is in memory, so that reading it takes no time but the processor's. */
const deadline = 5_000;

/**
 * Reads a POST's form. The part named `file` is the file, whatever else it is; what follows it is ignored.
 * @param contentType of the request
 * @throws S3Error when it is no form or a broken one, or its fields are too large
 */
export async function readForm(contentType: string, body: Buffer): Promise<PostForm> {
  const [type = ''] = contentType.split(';');
  if (type.trim().toLowerCase() !== 'multipart/form-data') {
    throw new S3Error(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
      Condition: 'Bucket POST must be of the enclosure-type multipart/form-data',
    });
  }
  return parse(contentType, body);
}

/** Settles in any case: a parser that says neither `finish` nor `error` about a broken body meets the deadline. */
function parse(contentType: string, body: Buffer): Promise<PostForm> {
  return new Promise<PostForm>((resolve, reject) => {
    const fail = (error?: unknown) => {
      clearTimeout(timer);
      reject(error instanceof S3Error ? error : malformed());
    };
    const timer = setTimeout(fail, deadline);
    const fields = new Map<string, Field>();
    let fieldBytes = 0;
    let file: Promise<PostedFile> | undefined;
    try {
      const parser = newParser(contentType);
      parser.on('field', (name: string | undefined, value, _, isCut) => {
        if (file) return;
        fieldBytes += Buffer.byteLength(name ?? '') + Buffer.byteLength(value);
        if (name === undefined) fail();
        else if (isCut || fieldBytes > maxFieldBytes) fail(fieldsTooLarge());
        else add(fields, name, value);
      });
      parser.on('file', (_, stream, name) => {
        const read = collect(stream, name, fail);
        file ??= read;
      });
      parser.on('error', fail);
      parser.on('finish', async () => {
        clearTimeout(timer);
        const read = await file;
        resolve({ fields, ...(read && { file: read }) });
      });
      parser.end(body);
    } catch (error) {
      fail(error);
    }
  });
}

function newParser(contentType: string): BusboyInstance {
  return new Busboy({
    headers: { 'content-type': contentType },
    limits: { fieldSize: maxFieldBytes, headerPairs: 20, headerSize: 8_192 },
    isPartAFile: (name) => name?.toLowerCase() === 'file',
  });
}

/** A broken body makes the stream of its last file fail; unheard, that would end the process. */
function collect(
  stream: BusboyFileStream,
  name: string | undefined,
  fail: (error: unknown) => void,
): Promise<PostedFile> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', fail);
    stream.on('end', () => resolve({ bytes: Buffer.concat(chunks), name }));
  });
}

/** Fields of one name, in whatever case, are one, with their values in a list. */
function add(fields: Map<string, Field>, name: string, value: string): void {
  const key = name.toLowerCase();
  const earlier = fields.get(key);
  fields.set(key, earlier ? { ...earlier, value: `${earlier.value},${value}` } : { name, value });
}

function malformed(): S3Error {
  const message = 'The body of your POST request is not well-formed multipart/form-data.';
  return new S3Error(400, 'MalformedPOSTRequest', message);
}

function fieldsTooLarge(): S3Error {
  const message = 'Your POST request fields preceeding the upload file was too large.';
  const details = { MaxPostPreDataLengthBytes: String(maxFieldBytes) };
  return new S3Error(400, 'MaxPostPreDataLengthExceeded', message, details);
}
