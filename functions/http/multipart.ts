import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { CallerError } from '../../core/errors.ts';
import { imageTooLarge, maxImageBytes } from '../../core/image-limits.ts';

const field = 'image';

/** Beside the image, forms may hold a few short texts, which nobody reads. */
const limits = {
  fileSize: maxImageBytes,
  files: 2,
  fields: 20,
  fieldSize: 10_000,
  fieldNameSize: 100,
  headerPairs: 20,
  headerSize: 8_192,
};

/** The whole body is in memory, so parsing takes no time but the processor's; ms. */
const deadline = 5_000;

/**
 * The one file in field `image` of a multipart form.
 * @param contentType of the request, with the boundary
 * @throws CallerError `unreadable_body`, `no_image`, `several_images` or `too_large`
 */
export async function readMultipartImage(contentType: string, body: Uint8Array): Promise<Uint8Array> {
  const { files, texts } = await readForm(contentType, body);
  const [file, another] = files;
  if (!file) throw new CallerError('no_image', `The form has no file in the field ${field}. ${hint(texts)}`);
  if (another) throw new CallerError('several_images', `The form has several files. Send one, in the field ${field}.`);
  if (file.name !== field) {
    throw new CallerError('no_image', `The form's file must be in the field ${field}; it is in another.`);
  }
  return file.bytes;
}

function hint(texts: readonly string[]): string {
  const isText = texts.includes(field);
  return isText ? `That field holds a text; with curl, a file is -F ${field}=@photo.jpg.` : 'Send the image there.';
}

interface Form {
  readonly files: readonly FormFile[];
  /** The names of fields that are not files. */
  readonly texts: readonly string[];
}

interface FormFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Settles in any case: a parser that says neither `finish` nor `error` about a broken body meets the deadline. */
function readForm(contentType: string, body: Uint8Array): Promise<Form> {
  return new Promise<Form>((resolve, reject) => {
    const refuse = (cause?: unknown) => {
      clearTimeout(timer);
      reject(cause instanceof CallerError ? cause : unreadable(cause));
    };
    const timer = setTimeout(refuse, deadline);
    const files: Promise<FormFile>[] = [];
    const texts: string[] = [];
    const finish = async () => {
      clearTimeout(timer);
      resolve({ files: await Promise.all(files), texts });
    };
    try {
      const parser = newParser(contentType);
      parser.on('file', (name, stream) => files.push(collect(name, stream, refuse)));
      parser.on('field', (name) => texts.push(name));
      parser.on('fieldsLimit', () => refuse());
      parser.on('error', refuse);
      parser.on('finish', finish);
      parser.end(body);
    } catch (cause) {
      refuse(cause);
    }
  });
}

function newParser(contentType: string): BusboyInstance {
  return new Busboy({
    headers: { 'content-type': contentType },
    limits,
    // A part of an image's type is a file, even when its sender gave it no file name.
    isPartAFile: (_name, type = '', fileName) =>
      fileName !== undefined || /^(image\/|application\/octet-stream)/.test(type),
  });
}

/** A broken body makes the stream of its last file fail; unheard, that would end the process. */
function collect(name: string, stream: BusboyFileStream, refuse: (cause: unknown) => void): Promise<FormFile> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('limit', () => refuse(imageTooLarge()));
    stream.on('error', refuse);
    stream.on('end', () => resolve({ name, bytes: Buffer.concat(chunks) }));
  });
}

function unreadable(cause?: unknown): CallerError {
  const reason = 'The body is not a readable multipart form: it is cut off, or its parts do not fit its boundary.';
  return new CallerError('unreadable_body', reason, { cause });
}
