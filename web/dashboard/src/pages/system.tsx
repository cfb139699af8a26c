// The server as its operators see it.
import { useEffect, useState } from 'preact/hooks';
import { useServices } from '../context';
import type { System } from '../openapi';
import { useLatest } from '../panels/settings/use-latest';
import { Failure, SkeletonRows } from '../panels/States';
import { Health } from '../panels/system/Health';
import '../panels/settings/settings.css';
import '../panels/system/system.css';

const EVERY_MS = 10_000;

export default function SystemPage() {
  const { api } = useServices();
  const system = useLatest('system', async () => ({ is: await api.get<System>('/api/system'), at: Date.now() }));
  const [forbidden, setForbidden] = useState(false);
  useEffect(() => {
    document.title = 'System · ztas';
  }, []);
  useEffect(() => {
    if (system.error?.status === 403) setForbidden(true);
  }, [system.error]);
  useEffect(() => {
    if (forbidden) return undefined;
    const timer = setInterval(() => document.hidden || system.reload(), EVERY_MS);
    return () => clearInterval(timer);
  }, [forbidden]);
  return (
    <>
      <div class="page-head">
        <h1>System</h1>
      </div>
      {forbidden && (
        <section class="card message">
          <h2>Only operators see the system</h2>
          <p class="soft">
            The owner of the first account of this server is one. Whoever runs the server names others in the setting{' '}
            <code>OPERATORS</code>.
          </p>
        </section>
      )}
      {!forbidden && system.error && <Failure error={system.error} retry={system.reload} />}
      {!system.data && !system.error && <SkeletonRows count={6} />}
      {system.data && <Health system={system.data.is} at={system.data.at} />}
    </>
  );
}
