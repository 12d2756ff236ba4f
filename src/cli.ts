import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/*
 * The desk's entry. It is small because it is compiled each time: all that it loads comes compiled from the cache, which
 * halves the time until a drill begins. Where the cache cannot be written, all works as well, only later.
 */
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled'));

// A reader such as `head` may leave before all is said.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
});
const { main } = await import('./desk/command-line.ts');
process.exitCode = await main(process.argv.slice(2));
