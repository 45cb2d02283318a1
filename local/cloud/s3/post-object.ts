import type { LocalAws } from '../credentials.ts';
import { checkChecksum } from './checksum.ts';
import { accessDenied, invalidArgument } from './error.ts';
import type { PostedFile, PostForm } from './form.ts';
import { checkPolicy, type Field, type Fields, parsePolicy } from './post-policy.ts';
import { algorithm, checkSignature, longDate, readScope } from './signature.ts';

/** An object that a browser may put, and how it wants to be answered. */
export interface PostedObject {
  readonly key: string;
  readonly bytes: Buffer;
  /** Of the object, as a PUT would send them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly answer: 200 | 201 | 204 | { readonly redirect: URL };
}

/**
 * Checks a browser's form against the policy that it carries, in S3's order.
 * @param now ms since 1970
 * @throws S3Error that says what S3 would
 */
export function postedObject(
  bucket: string,
  { fields: sent, file }: PostForm,
  signer: LocalAws,
  now: number,
): PostedObject {
  const key = required(sent, 'key');
  if (!file) throw invalidArgument('POST requires exactly one file upload per request.', 'file', '0');
  const fields = withFileName(sent, file);
  const policy = checkAuthentication(fields, signer);
  checkPolicy(parsePolicy(policy), bucket, fields, file.bytes.length, now);
  checkChecksum(fields, file.bytes);
  return {
    key: fields.get('key')?.value ?? key,
    bytes: file.bytes,
    headers: objectHeaders(fields),
    answer: answer(fields),
  };
}

const signatureFields = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Signature'] as const;

/** The policy, in base64, once its signature has been checked: over the text as it came, before anyone reads it. */
function checkAuthentication(fields: Fields, signer: LocalAws): string {
  const policy = fields.get('policy')?.value;
  const isAnonymous = signatureFields.every((name) => !fields.has(name.toLowerCase()));
  if (isAnonymous || policy === undefined) throw accessDenied();
  const [given, credential, date, signature] = signatureFields.map((name) => required(fields, name)) as Four;
  if (given !== algorithm) {
    throw invalidArgument(`X-Amz-Algorithm only supports "${algorithm}"`, 'X-Amz-Algorithm', given);
  }
  const scope = readScope(credential, signer, (why) => invalidArgument(why, 'X-Amz-Credential', credential));
  if (longDate(date) === undefined) {
    throw invalidArgument('X-Amz-Date must be formated via ISO8601 Long format', 'X-Amz-Date', date);
  }
  checkSignature(signature, policy, scope, signer);
  return policy;
}

type Four = [string, string, string, string];

function required(fields: Fields, name: string): string {
  const field = fields.get(name.toLowerCase());
  if (field) return field.value;
  const message = `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`;
  throw invalidArgument(message, name, '');
}

/** Fields with the file's own name for `${filename}`. */
function withFileName(fields: Fields, { name }: PostedFile): Fields {
  if (name === undefined) return fields;
  const last = name.split(/[/\\]/).at(-1) ?? '';
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the variable is S3's
  const expand = (field: Field) => ({ ...field, value: field.value.replaceAll('${filename}', () => last) });
  return new Map([...fields].map(([key, field]) => [key, expand(field)]));
}

const standardHeaders = ['content-type', 'cache-control', 'content-disposition', 'content-encoding', 'expires'];

function objectHeaders(fields: Fields): Record<string, string> {
  const headers = [...fields]
    .filter(([name]) => standardHeaders.includes(name) || name.startsWith('x-amz-meta-'))
    .map(([name, { value }]) => [name, headerValue(name, value)] as const);
  return { 'content-type': 'binary/octet-stream', ...Object.fromEntries(headers) };
}

function headerValue(name: string, value: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
  throw invalidArgument('A header cannot hold this value.', name, value);
}

function answer(fields: Fields): PostedObject['answer'] {
  const redirect = (fields.get('success_action_redirect') ?? fields.get('redirect'))?.value;
  if (redirect !== undefined && /^https?:/.test(redirect) && URL.canParse(redirect)) {
    return { redirect: new URL(redirect) };
  }
  const status = fields.get('success_action_status')?.value;
  if (status === '200') return 200;
  return status === '201' ? 201 : 204;
}
