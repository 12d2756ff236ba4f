/**
 * The shape of plain data that a person wrote, and what of it is wrong, in one line each.
 * A general validator for JSON schemas costs 100 ms at start-up, as long as all else before the first container.
 */
import { whatThereIs } from './nearest.ts';

export type Shape =
  | { readonly is: 'number'; readonly min: number; readonly max: number; readonly whole?: boolean }
  | { readonly is: 'text' }
  | { readonly is: 'flag' }
  | { readonly is: 'word'; readonly among: readonly string[] }
  | { readonly is: 'list'; readonly of: Shape }
  /** Any keys, all of one shape. */
  | { readonly is: 'record'; readonly of: Shape }
  /** Anything: it is checked elsewhere. */
  | { readonly is: 'any' }
  | {
      readonly is: 'object';
      readonly required?: Readonly<Record<string, Shape>>;
      readonly optional?: Readonly<Record<string, Shape>>;
      /** Of the optional keys exactly one, or at least one. */
      readonly keys?: 'exactly one' | 'at least one';
    }
  /** An object, or else a plain value. */
  | { readonly is: 'either'; readonly object: Shape; readonly plain: Shape };

/** `path: expected WHAT, found WHAT`, or nothing. */
export function problemsOf(shape: Shape, value: unknown, path: string): string[] {
  switch (shape.is) {
    case 'any':
      return [];
    case 'either':
      return problemsOf(isObject(value) ? shape.object : shape.plain, value, path);
    case 'list':
      if (!Array.isArray(value) || !value.length) return [wrong(shape, value, path)];
      return value.flatMap((item, index) => problemsOf(shape.of, item, `${path}[${index}]`));
    case 'record':
      if (!isObject(value)) return [wrong(shape, value, path)];
      return Object.entries(value).flatMap(([key, item]) => problemsOf(shape.of, item, join(path, key)));
    case 'object':
      return isObject(value) ? objectProblems(shape, value, path) : [wrong(shape, value, path)];
    case 'word':
      if (typeof value === 'string' && !shape.among.includes(value))
        return [
          `${path}: expected a word that is known, found '${value}'; ${whatThereIs(value, shape.among)}`,
        ];
      return typeof value === 'string' ? [] : [wrong(shape, value, path)];
    case 'number':
      return isNumber(shape, value) ? [] : [wrong(shape, value, path)];
    case 'text':
      return typeof value === 'string' && value.trim() ? [] : [wrong(shape, value, path)];
    case 'flag':
      return typeof value === 'boolean' ? [] : [wrong(shape, value, path)];
  }
}

function objectProblems(
  shape: Extract<Shape, { is: 'object' }>,
  value: Readonly<Record<string, unknown>>,
  path: string,
): string[] {
  const required = shape.required ?? {};
  const optional = shape.optional ?? {};
  const known = { ...required, ...optional };
  const problems: string[] = [];
  for (const key of Object.keys(required))
    if (!Object.hasOwn(value, key))
      problems.push(`${join(path, key)}: expected ${expected(required[key]!)}, found nothing`);
  for (const [key, item] of Object.entries(value)) {
    if (Object.hasOwn(known, key)) problems.push(...problemsOf(known[key]!, item, join(path, key)));
    else
      problems.push(
        `${join(path, key)}: expected a key that is known, found '${key}'; ${whatThereIs(key, Object.keys(known))}`,
      );
  }
  const given = Object.keys(optional).filter(key => Object.hasOwn(value, key));
  if (
    shape.keys &&
    !problems.length &&
    (given.length === 0 || (shape.keys === 'exactly one' && given.length > 1))
  )
    problems.push(
      `${path}: expected ${shape.keys} of ${Object.keys(optional).join(', ')}, found ${given.join(', ') || 'none'}`,
    );
  return problems;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNumber = (shape: Extract<Shape, { is: 'number' }>, value: unknown): boolean =>
  typeof value === 'number' &&
  value >= shape.min &&
  value <= shape.max &&
  (!shape.whole || Number.isInteger(value));

const join = (path: string, key: string): string => (path ? `${path}.${key}` : key);

const wrong = (shape: Shape, value: unknown, path: string): string =>
  `${path ? `${path}: ` : ''}expected ${expected(shape)}, found ${found(value)}`;

function found(value: unknown): string {
  if (typeof value === 'string') return value.trim() ? `the text '${value}'` : 'an empty text';
  if (Array.isArray(value)) return value.length ? 'a list' : 'an empty list';
  return isObject(value) ? 'an object' : String(value);
}

function expected(shape: Shape): string {
  switch (shape.is) {
    case 'number':
      return `a ${shape.whole ? 'whole ' : ''}number from ${shape.min} to ${shape.max}`;
    case 'text':
      return 'a text';
    case 'flag':
      return 'true or false';
    case 'word':
      return `one of ${shape.among.join(', ')}`;
    case 'list':
      return 'a list with at least one item';
    case 'either':
      return `${expected(shape.plain)}, or ${expected(shape.object)}`;
    case 'any':
      return 'a value';
    case 'record':
      return 'an object';
    case 'object': {
      const keys = Object.keys({ ...shape.required, ...shape.optional });
      return `an object with ${keys.join(', ')}`;
    }
  }
}
