import { images } from '../../src/commands/images.ts';

/** Every image that a drill may need is there before the first test begins, so that no time limit of a test pays for a build. */
export default async function setup(): Promise<void> {
  await images();
}
