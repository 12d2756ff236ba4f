import { expect, test } from 'vitest';
import junit from '../../src/reporters/junit.ts';
import { failedDrill, nasty, sampleDrill, sampleReport } from './sample.ts';

/** The tags of an XML document in order; throws where it is not well-formed. */
function tags(xml: string): { name: string; attributes: Record<string, string> }[] {
  const found: { name: string; attributes: Record<string, string> }[] = [];
  const open: string[] = [];
  let rest = xml.replace(/^<\?xml[^?]*\?>\s*/, '');
  while (rest) {
    const text = /^[^<]+/.exec(rest)?.[0] ?? '';
    if (/&(?!(amp|lt|gt|quot|#\d+);)/.test(text)) throw new Error(`a bare & in ${text}`);
    rest = rest.slice(text.length);
    if (!rest) break;
    const tag = /^<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<\n]*")*)\s*(\/?)>/.exec(rest);
    if (!tag) throw new Error(`no tag: ${rest.slice(0, 80)}`);
    const [whole, closing, name, attributes, empty] = tag;
    if (/&(?!(amp|lt|gt|quot|#\d+);)/.test(attributes!)) throw new Error(`a bare & in ${attributes}`);
    if (closing) {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing`);
    } else {
      const pairs = [...attributes!.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]);
      found.push({ name: name!, attributes: Object.fromEntries(pairs) });
      if (!empty) open.push(name!);
    }
    rest = rest.slice(whole.length);
  }
  if (open.length) throw new Error(`left open: ${open}`);
  return found;
}

test('a suite a drill, a case a check; a failed bound is a failure, what cannot be told an error', () => {
  const all = tags(junit.render(sampleReport([sampleDrill(), failedDrill()])));
  expect(all[0]).toEqual({
    name: 'testsuites',
    attributes: { name: 'failover-drill', tests: '4', failures: '1', errors: '1', skipped: '0' },
  });
  expect(all.filter(({ name }) => name === 'testsuite').map(({ attributes }) => attributes.name)).toEqual([
    'haproxy-patroni-stop #0',
    'haproxy-node-kill #0',
  ]);
  expect(all.filter(({ name }) => name === 'testcase')).toHaveLength(4);
  expect(all.filter(({ name }) => name === 'failure')).toHaveLength(1);
  expect(all.filter(({ name }) => name === 'error')).toHaveLength(1);
});

test('start-up, phases and versions stand in the properties', () => {
  const properties = tags(junit.render(sampleReport())).filter(({ name }) => name === 'property');
  const named = Object.fromEntries(properties.map(({ attributes }) => [attributes.name, attributes.value]));
  expect(named).toMatchObject({
    'start-up.first write': '4210 ms',
    'version.patroni': '4.0.6',
    'phase.promoted': '+1.20 s',
    seed: '7',
  });
});

test('markup and characters that XML cannot hold do not break it', () => {
  const xml = junit.render(sampleReport([failedDrill()]));
  const failure = tags(xml).find(({ name }) => name === 'failure');
  expect(failure?.attributes.message).toContain('a|b &lt;i&gt;&amp;&quot;quoted&quot;');
  expect(failure?.attributes.message).toContain('&#10;second line');
  expect(nasty).toContain('\u0000');
  expect(xml).not.toContain('\u0000');
  expect(xml).not.toContain('\u001b');
});

test('a drill that nobody judged is an error, not an empty suite', () => {
  const all = tags(junit.render(sampleReport([sampleDrill({ status: 'unknown', verdicts: [] })])));
  expect(all.filter(({ name }) => name === 'error')).toHaveLength(1);
  expect(all[0]?.attributes).toMatchObject({ tests: '1', errors: '1' });
});
