import { accessDenied, S3Error } from './error.ts';

/** What a form must be like, to be taken: a browser's POST carries it, signed. */
export interface PostPolicy {
  /** ms since 1970. */
  readonly expiresAt: number;
  readonly conditions: readonly Condition[];
}

type Condition = FieldCondition | LengthCondition;

interface FieldCondition {
  readonly operation: 'eq' | 'starts-with';
  /** In lower case, without `$`; undefined when it had none, and then nothing fulfils it. */
  readonly field: string | undefined;
  readonly value: string;
  /** As S3 shows it. */
  readonly text: string;
}

interface LengthCondition {
  readonly operation: 'content-length-range';
  /** Bytes, both included. */
  readonly min: number;
  readonly max: number;
}

/** A form's fields but for the file, by name in lower case. */
export type Fields = ReadonlyMap<string, Field>;

export interface Field {
  /** As sent. */
  readonly name: string;
  readonly value: string;
}

/** @throws S3Error `InvalidPolicyDocument` that says what is wrong with the policy itself */
export function parsePolicy(base64: string): PostPolicy {
  const { expiration, conditions, ...others } = parseJson(base64);
  const [unexpected] = Object.keys(others);
  if (unexpected !== undefined) throw invalid(`Unexpected: '${unexpected.toLowerCase()}'`);
  if (expiration === undefined) throw invalid('Policy missing expiration.');
  if (conditions === undefined) throw invalid('Policy missing conditions.');
  if (!Array.isArray(conditions)) throw invalid("Invalid 'conditions' value: must be a List.");
  return { expiresAt: parseExpiration(expiration), conditions: conditions.map(parseCondition) };
}

/**
 * @param bucket that is posted to
 * @param length of the file, bytes
 * @param now ms since 1970
 * @throws S3Error when the form is not what the policy allows, or not any more
 */
export function checkPolicy(policy: PostPolicy, bucket: string, fields: Fields, length: number, now: number): void {
  if (now > policy.expiresAt) throw violated('Policy expired.');
  const known = new Map(fields).set('bucket', { name: 'bucket', value: bucket });
  for (const condition of policy.conditions) {
    if (condition.operation === 'content-length-range' || holds(condition, known)) continue;
    throw violated(`Policy Condition failed: ${condition.text}`);
  }
  checkCoverage(policy, fields);
  for (const condition of policy.conditions) {
    if (condition.operation === 'content-length-range') checkLength(condition, length);
  }
}

function parseJson(base64: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64')));
  } catch {
    throw invalid('Invalid JSON.');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw invalid('Invalid JSON.');
  return parsed as Record<string, unknown>;
}

function parseExpiration(value: unknown): number {
  const isUtc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(String(value));
  const time = isUtc ? Date.parse(String(value)) : Number.NaN;
  if (Number.isNaN(time)) throw invalid(`Invalid 'expiration' value: '${value}'`);
  return time;
}

function parseCondition(condition: unknown): Condition {
  if (Array.isArray(condition)) return parseList(condition);
  if (typeof condition !== 'object' || condition === null) {
    throw invalid('Invalid condition test: must be a List or Object.');
  }
  const [property, ...others] = Object.entries(condition);
  if (!property || others.length > 0) {
    throw invalid('Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.');
  }
  const [field, value] = property;
  if (typeof value !== 'string') throw invalid('Invalid Simple-Condition: value must be a string.');
  return fieldCondition('eq', `$${field}`, value);
}

function parseList([operation, ...operands]: unknown[]): Condition {
  if (operation === undefined) throw invalid('Invalid Condition: missing operation identifier.');
  const name = String(operation).toLowerCase();
  if (name !== 'eq' && name !== 'starts-with' && name !== 'content-length-range') {
    throw invalid(`Invalid Condition: unknown operation '${operation}'.`);
  }
  const [first, second] = operands;
  if (operands.length !== 2) throw invalid(`Invalid ${name}: wrong number of arguments.`);
  if (name === 'content-length-range') return lengthCondition(first, second);
  if (typeof first !== 'string' || typeof second !== 'string') throw invalid('Invalid JSON.');
  return fieldCondition(name, first, second);
}

function fieldCondition(operation: 'eq' | 'starts-with', name: string, value: string): FieldCondition {
  const field = name.startsWith('$') ? name.slice(1).toLowerCase() : undefined;
  return { operation, field, value, text: listed([operation, name, value]) };
}

function lengthCondition(first: unknown, second: unknown): LengthCondition {
  if ([first, second].some((bound) => typeof bound === 'number' && !(Number.isInteger(bound) && bound >= 0))) {
    throw invalid('Invalid JSON.');
  }
  const [min, max] = [first, second].map((bound) => (/^\d+$/.test(String(bound)) ? Number(bound) : undefined));
  if (min === undefined || max === undefined) {
    throw violated(`Policy Condition failed: ${listed(['content-length-range', String(first), String(second)])}`);
  }
  return { operation: 'content-length-range', min, max };
}

function holds({ operation, field, value }: FieldCondition, fields: Fields): boolean {
  const given = field === undefined ? undefined : fields.get(field)?.value;
  if (given === undefined) return false;
  if (operation === 'eq') return given === value;
  const parts = field === 'content-type' ? given.split(',').map((part) => part.trim()) : [given];
  return parts.every((part) => part.startsWith(value));
}

const neededNowhere = new Set(['x-amz-signature', 'policy', 'bucket']);

/** Each field must be in a condition, so that no field can be added to a signed form. */
function checkCoverage({ conditions }: PostPolicy, fields: Fields): void {
  const covered = new Set(conditions.map((condition) => ('field' in condition ? condition.field : undefined)));
  const extra = [...fields].filter(
    ([field]) => !covered.has(field) && !neededNowhere.has(field) && !field.startsWith('x-ignore-'),
  );
  if (extra.length > 0) throw violated(`Extra input fields: ${extra.map(([, { name }]) => name).join(', ')}`);
}

function checkLength({ min, max }: LengthCondition, length: number): void {
  const ProposedSize = String(length);
  if (length > max) {
    const message = 'Your proposed upload exceeds the maximum allowed size';
    throw new S3Error(400, 'EntityTooLarge', message, { ProposedSize, MaxSizeAllowed: String(max) });
  }
  if (length < min) {
    const message = 'Your proposed upload is smaller than the minimum allowed size';
    throw new S3Error(400, 'EntityTooSmall', message, { ProposedSize, MinSizeAllowed: String(min) });
  }
}

function listed(parts: readonly string[]): string {
  return `[${parts.map((part) => JSON.stringify(part)).join(', ')}]`;
}

function invalid(why: string): S3Error {
  return new S3Error(400, 'InvalidPolicyDocument', `Invalid Policy: ${why}`);
}

function violated(why: string): S3Error {
  return accessDenied(`Invalid according to Policy: ${why}`);
}
