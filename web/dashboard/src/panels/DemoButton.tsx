// A site with made-up visits, to look around before the first real one.
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { useServices } from '../context';
import { sitePath } from '../route';
import { toast } from '../toast';
import type { Site } from '../types';

export function DemoButton() {
  const { api } = useServices();
  const { route } = useLocation();
  const [busy, setBusy] = useState(false);
  const load = async () => {
    setBusy(true);
    try {
      const site = await api.post<Site>('/api/demo');
      route(sitePath(site.id));
    } catch (error) {
      toast((error as Error).message, 'bad');
    } finally {
      setBusy(false);
    }
  };
  return (
    <button type="button" class="button quiet" disabled={busy} onClick={() => void load()}>
      {busy ? 'Making 30 days of visits…' : 'Load demo data'}
    </button>
  );
}
