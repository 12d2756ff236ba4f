import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Liquid } from 'liquidjs';
import type { Layer, Value } from '../model.ts';

// A misspelt name is an error, never an empty string in a daemon's configuration.
const liquid = new Liquid({ strictVariables: true, strictFilters: true });
const compose = new URL('../../compose/', import.meta.url).pathname;

export interface Rendered {
  /** Absolute, in the machine. */
  readonly target: string;
  readonly content: string;
}

/** The layers' etc/ templates, filled in for one machine. */
export function render(layers: readonly Layer[], values: Readonly<Record<string, Value>>): Rendered[] {
  return layers.flatMap(({ layer, values: own }) =>
    filesBelow(join(compose, layer, 'etc')).map(file => {
      const name = relative(join(compose, layer), file);
      try {
        const content = liquid.parseAndRenderSync(readFileSync(file, 'utf8'), { ...values, ...own });
        return { target: `/${name}`, content };
      } catch (cause) {
        throw new Error(`rendering compose/${layer}/${name}: ${(cause as Error).message}`, { cause });
      }
    }),
  );
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // a layer without templates
    throw error;
  }
}
