import * as v from 'valibot';
import { type InstalledModels, modelById } from '../core/catalogue.ts';

/** The environment of a process, as the CDK stack or local/cloud sets it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where requests are kept, and how long: whole days from when they ended. */
export interface RowSettings {
  readonly table: string;
  readonly resultDays: number;
}

/** Where requests and images are kept. */
export interface StoreSettings extends RowSettings {
  readonly bucket: string;
}

/** @throws Error that names the variable and what it should hold */
export function rowSettings(env: Environment): RowSettings {
  return { table: required(env, 'TABLE_NAME'), resultDays: resultDays(env) };
}

/** @throws Error that names the variable and what it should hold */
export function storeSettings(env: Environment): StoreSettings {
  return { ...rowSettings(env), bucket: required(env, 'BUCKET_NAME') };
}

/** Without a default: were there one, two programs could disagree on it. */
export function resultDays(env: Environment): number {
  const days = required(env, 'RESULT_DAYS');
  if (/^[1-9]\d*$/.test(days)) return Number(days);
  throw new Error(`The environment variable RESULT_DAYS is '${days}'; it takes a positive whole number.`);
}

const installedModel = v.strictObject({
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'is not 64 hex digits')),
  weights: v.picklist(['official', 'synthetic']),
});

/**
 * The networks that the provider images hold: variable MODELS, JSON `{"<model id>": {"sha256": …, "weights": …}}`.
 * @throws Error that names the variable and what it should hold
 */
export function modelSettings(env: Environment): InstalledModels {
  const isModel = (id: string) => modelById(id) !== undefined;
  const schema = v.record(v.pipe(v.string(), v.check(isModel, 'is not a model of the catalogue')), installedModel);
  return jsonSetting(env, 'MODELS', schema) as InstalledModels;
}

/** A variable that holds JSON of a given form. */
export function jsonSetting<T extends v.GenericSchema>(env: Environment, name: string, schema: T): v.InferOutput<T> {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), required(env, name));
  if (result.success) return result.output;
  const [issue] = result.issues;
  const at = v.getDotPath(issue);
  throw new Error(`The environment variable ${name} is wrong${at ? ` at '${at}'` : ''}: ${issue.message}.`);
}

/** A variable that must be set and not be empty. */
export function required(env: Environment, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`The environment variable ${name} is not set.`);
  return value;
}
