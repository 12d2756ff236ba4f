import type { Options, Scalar } from './model.ts';
import { whatThereIs } from './nearest.ts';

/** What an entry may carry; checks and observers have no options at all. */
export interface Optional {
  readonly options?: Options;
  readonly variants?: Readonly<Record<string, Partial<Options>>>;
}
export interface Chosen {
  readonly options: Options;
  /** One line each; empty when all is well. */
  readonly problems: readonly string[];
}

/** `haproxy:sessions-kept` is the file `haproxy` and its variant `sessions-kept`. */
export function split(word: string): { name: string; variant: string | undefined } {
  const colon = word.indexOf(':');
  return colon < 0
    ? { name: word, variant: undefined }
    : { name: word.slice(0, colon), variant: word.slice(colon + 1) };
}

/** The defaults of an entry, changed by the variant, changed by what was given. The defaults are the schema. */
export function choose(where: string, entry: Optional, variant: string | undefined, given: Options): Chosen {
  const defaults = entry.options ?? {};
  const variants = entry.variants ?? {};
  const problems: string[] = [];
  if (variant !== undefined && !Object.hasOwn(variants, variant))
    problems.push(
      `${where}: expected a variant that is known, found '${variant}'; ${whatThereIs(variant, Object.keys(variants))}`,
    );
  const own = variant !== undefined && Object.hasOwn(variants, variant) ? variants[variant] : undefined;
  const options: Record<string, Scalar | readonly Scalar[]> = {
    ...defaults,
    ...(own as Options | undefined),
  };
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, key))
      problems.push(
        `${where}: expected an option that is known, found '${key}'; ${whatThereIs(key, Object.keys(defaults))}`,
      );
    else if (!alike(defaults[key]!, value))
      problems.push(
        `${where}: option '${key}': expected ${kind(defaults[key]!)} like ${JSON.stringify(defaults[key])}, found ${JSON.stringify(value) ?? String(value)}`,
      );
    else options[key] = value;
  }
  return { options, problems };
}

/** Whether a value is of the default's type; an empty list of defaults takes any scalars. */
export function alike(byDefault: Scalar | readonly Scalar[], value: unknown): boolean {
  if (Array.isArray(byDefault))
    return (
      Array.isArray(value) &&
      value.every(item => (byDefault.length ? alike(byDefault[0], item) : isScalar(item)))
    );
  return isScalar(value) && typeof value === typeof byDefault;
}

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value));

const kind = (value: Scalar | readonly Scalar[]): string =>
  Array.isArray(value)
    ? 'a list'
    : { string: 'a text', number: 'a number', boolean: 'true or false' }[
        typeof value as 'string' | 'number' | 'boolean'
      ];
