import type { Stack } from '../model.ts';

const asked: Readonly<
  Record<string, { readonly role: 'etcd' | 'pg' | 'router'; readonly command: string; readonly find: RegExp }>
> = {
  PostgreSQL: { role: 'pg', command: 'postgres --version', find: /(\d[\d.]+)/ },
  Patroni: { role: 'pg', command: 'patroni --version', find: /(\d[\d.]+)/ },
  etcd: { role: 'etcd', command: 'etcd --version', find: /etcd Version: (\S+)/ },
  HAProxy: { role: 'router', command: 'haproxy -v 2>/dev/null || true', find: /version (\S+)/ },
  Debian: { role: 'pg', command: 'cat /etc/debian_version', find: /(\S+)/ },
  Linux: { role: 'pg', command: 'uname -r', find: /(\S+)/ },
};

/** What runs, as the machines themselves tell it. */
export async function versions(stack: Stack, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
  const found = await Promise.all(
    Object.entries(asked).map(async ([name, { role, command, find }]) => {
      const [machine] = stack.having(role);
      const said = await machine?.exec(['sh', '-c', command], signal);
      const version = said && find.exec(said)?.[1];
      return version ? [[name, version] as const] : [];
    }),
  );
  return Object.fromEntries([...found.flat(), ['Node', process.versions.node]]);
}
