import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { engine } from './engine.ts';
import { label } from './labels.ts';

export type MachineEvent =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'start' | 'die' };
export type Seen = (machine: string, event: MachineEvent) => void;

/**
 * Tells every line that the drill's machines log and every start and end of their containers, pushed by the engine.
 * @returns once the engine has answered; the telling goes on until the signal
 */
export async function follow(drill: string, seen: Seen, signal: AbortSignal): Promise<void> {
  const events = (await engine.getEvents({
    filters: { label: [`${label.drill}=${drill}`], type: ['container'], event: ['start', 'die'] },
    abortSignal: signal,
  })) as NodeJS.ReadableStream;
  const lines = createInterface({ input: events });
  lines.on('error', () => {}); // the abort
  lines.on('line', line => {
    const event = JSON.parse(line) as {
      Action: 'start' | 'die';
      id: string;
      time: number;
      Actor: { Attributes: Record<string, string> };
    };
    const machine = event.Actor.Attributes[label.machine];
    if (!machine || machine === 'client') return;
    seen(machine, { kind: event.Action });
    // A log ends with its container and goes on with the next start; an earlier life's lines are not told twice.
    if (event.Action === 'start')
      void followLog(event.id, event.time, line => seen(machine, { kind: 'line', text: line }), signal);
  });
}

async function followLog(
  id: string,
  sinceS: number,
  seen: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    const stream = await engine
      .getContainer(id)
      .logs({ follow: true, stdout: true, stderr: true, since: sinceS, abortSignal: signal });
    const lines = new PassThrough();
    engine.modem.demuxStream(stream, lines, lines);
    stream.on('end', () => lines.end()).on('error', () => lines.end());
    createInterface({ input: lines }).on('line', seen);
  } catch {
    // Killed before it could be asked: it has said nothing that could be told.
  }
}
