import type { Properties } from '../../provider/terms.ts';
import { DaemonError } from './errors.ts';

type Operator = '=' | '>=' | '<=' | '>' | '<';

export interface Constraint {
  readonly key: string;
  readonly operator: Operator;
  /** As written; `*` with `=` asks only that the property is there. */
  readonly value: string;
}

/**
 * Reads the flat list that requestors and providers send: `(&(a=b)(c>=1))`, a single `(a=b)`, or `()` for none.
 * The market's full language nests `&`, `|` and `!`; no demand of the SDK does, so those are refused, not misread.
 */
export function parseConstraints(text: string): Constraint[] {
  const list = /^\(\s*&([\s\S]*)\)$/.exec(text.trim())?.[1] ?? text.trim();
  if (list.trim() === '' || list.trim() === '()') return [];
  const parts = list.match(/\([^()]*\)/g) ?? [];
  if (parts.length === 0 || list.replace(/\([^()]*\)/g, '').trim() !== '') {
    throw new DaemonError(
      'badRequest',
      `constraints must be one flat list, (&(key=value)(key>=1)...), but are: ${text}`,
    );
  }
  return parts.map((part) => parseOne(part.slice(1, -1).trim()));
}

/** Whether properties meet every constraint. A property that is missing meets none. */
export function satisfies(properties: Properties, constraints: readonly Constraint[]): boolean {
  return constraints.every((constraint) => meets(ownOf(properties, constraint.key), constraint));
}

/** Not what objects inherit: a requestor may ask for `(constructor=*)`. */
const ownOf = (properties: Properties, key: string) => (Object.hasOwn(properties, key) ? properties[key] : undefined);

function parseOne(text: string): Constraint {
  const match = /^([^\s=<>&|!]+)\s*(>=|<=|=|>|<)\s*([\s\S]*)$/.exec(text);
  if (!match) throw new DaemonError('badRequest', `a constraint must be (key operator value), but is: (${text})`);
  const [, key = '', operator = '', value = ''] = match;
  return { key, operator: operator as Operator, value: value.trim() };
}

function meets(property: unknown, { operator, value }: Constraint): boolean {
  if (property === undefined || property === null) return false;
  if (operator === '=' && value === '*') return true;
  // A list holds what is equal to one of its elements; it has no order.
  if (Array.isArray(property)) return operator === '=' && property.some((element) => compare(element, value) === 0);
  const order = compare(property, value);
  switch (operator) {
    case '=':
      return order === 0;
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
  }
}

/** Numbers by size, all else as text. Not a number: the two cannot be compared. */
function compare(property: unknown, value: string): number {
  if (typeof property === 'object') return Number.NaN;
  const text = String(property);
  const [left, right] = [toNumber(text), toNumber(value)];
  if (!Number.isNaN(left) && !Number.isNaN(right)) return left - right;
  if (typeof property === 'number') return Number.NaN;
  return text === value ? 0 : text < value ? -1 : 1;
}

function toNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}
