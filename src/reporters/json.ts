import type { Reporter } from '../model.ts';

export default {
  about: 'Everything that was judged, as JSON; report.schema.json beside it describes each member.',
  file: 'report.json',
  render: report => `${JSON.stringify({ $schema: './report.schema.json', ...report }, null, 2)}\n`,
} satisfies Reporter;
