// The picture of a page for a device: found, fetched with the token, replaced, deleted.
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../../api';
import { useServices } from '../../context';
import { asApiError } from '../../load';
import type * as api from '../../openapi';
import { toast } from '../../toast';
import type { Device } from './heat';

/** What the server takes; more need not travel to be refused. */
const MOST_BYTES = 5 * 1024 * 1024;
const TOO_LARGE = 'Request body too large: a picture has at most 5 MiB.';

/** A picture that is here: an address of this page, and its size in its own pixels. */
export interface Shot {
  id: string;
  url: string;
  width: number;
  height: number;
}

export interface PictureOf {
  /** Null: there is none, or it is still on its way. */
  shot: Shot | null;
  upload: (file: File) => Promise<void>;
  remove: () => Promise<void>;
}

/** The picture of a page; all devices together stand on that of the desktop. */
export function usePicture(siteId: string, path: string, device: Device | null): PictureOf {
  const { api } = useServices();
  const [shot, setShot] = useState<Shot | null>(null);
  const [round, setRound] = useState(0);
  const params = { siteId, path, device: device ?? 'desktop' };
  useEffect(() => {
    setShot(null);
    if (path === '') return undefined;
    let url = '';
    let wanted = true;
    const find = async () => {
      const [found] = await api.get<api.Picture[]>('/api/heatmaps/screenshots', params);
      if (!found) return;
      const bytes = await api.file(`/api/heatmaps/screenshots/${found.id}`);
      if (!wanted) return;
      url = URL.createObjectURL(bytes);
      setShot({ id: found.id, url, width: found.width, height: found.height });
    };
    find().catch((error: unknown) => wanted && toast(asApiError(error).message, 'bad'));
    return () => {
      wanted = false;
      if (url) URL.revokeObjectURL(url);
    };
  }, [siteId, path, params.device, round]);
  return {
    shot,
    upload: async (file) => {
      if (file.size > MOST_BYTES) throw new ApiError(413, 'payload_too_large', TOO_LARGE);
      await api.upload('/api/heatmaps/screenshots', params, file);
      setRound((n) => n + 1);
    },
    remove: async () => {
      if (shot) await api.erase(`/api/heatmaps/screenshots/${shot.id}`);
      setRound((n) => n + 1);
    },
  };
}
