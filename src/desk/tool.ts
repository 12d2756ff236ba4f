import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** `failover-drill 0.1.0` */
export async function tool(): Promise<string> {
  const file = join(import.meta.dirname, '..', '..', 'package.json');
  const { name, version } = JSON.parse(await readFile(file, 'utf8'));
  return `${name} ${version}`;
}
