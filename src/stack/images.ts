import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { architecture, engine } from './engine.ts';
import { label } from './labels.ts';
import { stageRuntime } from './runtime.ts';

export const baseImage = 'debian:trixie-slim';
const root = new URL('../../', import.meta.url).pathname;

interface Step {
  readonly layer: string;
  readonly parent: string;
  readonly tag: string;
}

/**
 * Makes sure that the image of each chain of layers is there, and builds what is not.
 * @param chains such as `[['machine', 'postgres', 'patroni']]`, from the base upwards
 * @returns the image's tag by the chain's key (`chainKey`)
 * @throws with the last lines of the build that failed
 */
export async function ensureImages(
  chains: readonly (readonly string[])[],
  note: (line: string) => void,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const [base, arch] = await Promise.all([baseId(), architecture()]);
  const steps = new Map<string, Step>();
  const tags = new Map<string, string>();
  for (const chain of chains) {
    let parent = baseImage;
    let hash = base;
    for (const layer of chain) {
      hash = sha(`${hash} ${layer} ${contentOf(layer, arch)}`);
      const tag = `failover-drill/${layer}:${hash.slice(0, 12)}`;
      steps.set(tag, { layer, parent, tag });
      parent = tag;
    }
    tags.set(chainKey(chain), parent);
  }
  const present = new Set(
    (await engine.listImages({ filters: { label: [label.chain] } })).flatMap(image => image.RepoTags ?? []),
  );
  const missing = [...steps.values()].filter(step => !present.has(step.tag));
  await buildAll(missing, arch, note, signal);
  return tags;
}

export const chainKey = (chain: readonly string[]): string => chain.join('+');

/** Each as soon as its parent is there, side by side. */
async function buildAll(
  missing: readonly Step[],
  arch: string,
  note: (line: string) => void,
  signal: AbortSignal,
) {
  const building = new Map<string, Promise<void>>();
  for (const step of missing) {
    const parent = building.get(step.parent); // chains run from the base upwards, so it stands before its children
    building.set(
      step.tag,
      (async () => {
        await parent;
        signal.throwIfAborted();
        const startedMs = performance.now();
        await build(step, arch, signal);
        note(`image ${step.layer} ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
      })(),
    );
  }
  // All are awaited, so that none goes on building after the first has failed.
  const results = await Promise.allSettled(building.values());
  const failed = results.find(result => result.status === 'rejected');
  if (failed) throw failed.reason;
}

async function build({ layer, parent, tag }: Step, arch: string, signal: AbortSignal): Promise<void> {
  const folder = join(root, 'compose', layer);
  await using staged = layer === 'runtime' ? await stageRuntime(folder, arch, signal) : undefined;
  const own =
    layer === 'client'
      ? { context: root, src: ['package.json', 'compose', 'src'] }
      : { context: folder, src: readdirSync(folder) };
  const stream = await engine.buildImage(staged ?? own, {
    t: tag,
    dockerfile: layer === 'client' ? 'compose/client/Dockerfile' : 'Dockerfile',
    buildargs: { BASE: parent, ...proxies() },
    labels: { [label.chain]: tag },
    rm: true,
    forcerm: true,
    abortSignal: signal,
  });
  const lines: string[] = [];
  let failure: string | undefined;
  const told = (event: { stream?: string; error?: string }) => {
    failure ??= event.error;
    lines.push(...(event.stream ?? '').split('\n').filter(line => line.trim()));
  };
  await new Promise<void>((resolve, reject) => {
    engine.modem.followProgress(stream, error => (error ? reject(error) : resolve()), told);
  });
  // A step that fails is an event like any other, not the stream's error.
  if (failure !== undefined) throw buildError(layer, lines, failure);
}

function buildError(layer: string, lines: readonly string[], failure: string): Error {
  return new Error(
    `building the image of compose/${layer}: ${failure}; its last lines:\n${lines.slice(-15).join('\n')}`,
  );
}

/** A proxy that the desk needs, the build needs too; these are predefined build arguments and stay out of the image's history. */
function proxies(): Record<string, string> {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
  return Object.fromEntries(names.flatMap(name => (process.env[name] ? [[name, process.env[name]]] : [])));
}

async function baseId(): Promise<string> {
  try {
    return (await engine.getImage(baseImage).inspect()).Id;
  } catch (cause) {
    throw new Error(
      `looking for the base image ${baseImage}: ${(cause as Error).message}; \`npm run scenario\` pulls or makes it`,
      { cause },
    );
  }
}

/** What goes into a layer, as one hash. */
function contentOf(layer: string, arch: string): string {
  const hash = createHash('sha256');
  const add = (path: string) =>
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  for (const path of filesBelow(join('compose', layer))) add(path);
  if (layer === 'runtime') hash.update(arch).update(readFileSync(join(root, 'package-lock.json')));
  if (layer === 'client')
    for (const path of ['package.json', ...filesBelow('compose'), ...filesBelow('src')]) add(path);
  return hash.digest('hex');
}

function filesBelow(folder: string): string[] {
  if (!existsSync(join(root, folder)))
    throw new Error(
      `looking for the layer ${folder}: expected a folder with a Dockerfile, found none; there are ${readdirSync(join(root, 'compose')).join(', ')}`,
    );
  return readdirSync(join(root, folder), { recursive: true })
    .map(entry => join(folder, String(entry)))
    .filter(path => statSync(join(root, path)).isFile())
    .sort();
}

const sha = (text: string) => createHash('sha256').update(text).digest('hex');
