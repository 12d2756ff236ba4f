/** Removes what harnesses that are dead have left in the engine, and stacks that were kept. Answers the exit code. */
export async function clean(): Promise<number> {
  const { sweep } = await import('../stack/sweep.ts');
  const removed = await sweep({ kept: true });
  for (const what of removed) process.stdout.write(`removed ${what}\n`);
  if (!removed.length) process.stdout.write('nothing was left behind\n');
  return 0;
}
