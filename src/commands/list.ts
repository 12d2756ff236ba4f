import { BadInput } from '../bad-input.ts';
import { list as entriesOf, loadScenario, type Room, rooms, scenarioNames } from '../catalog.ts';
import type { Options, Scenario } from '../model.ts';
import { whatThereIs } from '../nearest.ts';

/** One thing that can be named; what it lacks is absent. */
export interface Listed {
  readonly name: string;
  readonly about: string;
  readonly options?: Options;
  readonly variants?: Readonly<Record<string, Options>>;
  readonly needs?: readonly string[];
  readonly measures?: Readonly<Record<string, object>>;
  readonly strategy?: string;
  readonly faults?: readonly string[];
  readonly keys?: readonly string[];
  readonly streams?: readonly string[];
  readonly file?: string;
}
type Kind = Room | 'scenarios';
export const kinds: readonly Kind[] = ['scenarios', ...rooms];

/** Prints what there is to choose from. Answers the exit code. */
export async function list(
  word: string | undefined,
  { json }: { readonly json: boolean },
  print: (text: string) => void = text => process.stdout.write(text),
): Promise<number> {
  const kind = kinds.find(each => each === word);
  if (word !== undefined && !kind)
    throw new BadInput(`listing: found no kind '${word}'; ${whatThereIs(word, kinds)}`);
  const chosen = kind ? [kind] : kinds;
  const found = await Promise.all(chosen.map(async each => [each, await listed(each)] as const));
  if (json) {
    const value = kind ? found[0]![1] : Object.fromEntries(found);
    print(`${JSON.stringify(value, null, 2)}\n`);
  } else print(`${found.map(([title, items]) => page(title, items)).join('\n\n')}\n`);
  return 0;
}

async function listed(kind: Kind): Promise<Listed[]> {
  if (kind === 'scenarios')
    return Promise.all(
      scenarioNames().map(async name => {
        const { about, strategy, timeline } = (await loadScenario(name)).value as Scenario;
        return { name, about, strategy, faults: timeline.map(({ fault }) => fault) };
      }),
    );
  const entries = await entriesOf(kind);
  const kept = ['about', 'options', 'variants', 'needs', 'measures', 'keys', 'streams', 'file'];
  return [...entries].map(([name, entry]) => {
    // Functions are no part of a list.
    const told = Object.entries(entry).filter(([key]) => kept.includes(key));
    return { name, ...Object.fromEntries(told) } as Listed;
  });
}

function page(kind: Kind, items: readonly Listed[]): string {
  const width = Math.max(0, ...items.map(({ name }) => name.length));
  const indent = ' '.repeat(width + 4);
  const lines = items.flatMap(item => [
    `  ${item.name.padEnd(width)}  ${item.about}`,
    ...details(item).map(detail => indent + detail),
  ]);
  return [kind, ...(lines.length ? lines : ['  none'])].join('\n');
}

function details({ name, options = {}, variants = {}, measures, strategy, faults }: Listed): string[] {
  const said = (given: Options) =>
    Object.entries(given)
      .map(([key, value]) => `${key} ${JSON.stringify(value)}`)
      .join(', ');
  return [
    ...(Object.keys(options).length ? [`options: ${said(options)}`] : []),
    ...Object.entries(variants).map(([variant, changed]) => `${name}:${variant}: ${said(changed)}`),
    ...(measures ? [`measures: ${Object.keys(measures).join(', ')}`] : []),
    ...(strategy ? [`${strategy}: ${faults?.join(', ')}`] : []),
  ];
}
