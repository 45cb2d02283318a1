import * as v from 'valibot';
import { ApiError } from '../daemon/errors.ts';

/** The body of a call as its schema has it, or 400 with the first thing that is wrong. */
export function readBody<Schema extends v.GenericSchema>(schema: Schema, body: unknown): v.InferOutput<Schema> {
  const read = v.safeParse(schema, body);
  if (read.success) return read.output;
  const [issue] = read.issues;
  throw new ApiError(400, `body: ${v.getDotPath(issue) ?? ''} ${issue.message}`);
}
