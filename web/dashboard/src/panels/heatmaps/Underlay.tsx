// What lies behind the heat: the page itself after a click that asks for it, a picture, or a grid; and how strong the heat is.
import { useRef, useState } from 'preact/hooks';
import { asApiError } from '../../load';
import { can } from '../../roles';
import { toast } from '../../toast';
import type { Site } from '../../types';
import type { Looking } from '../../view';
import type { Chosen } from './choice';
import type { PictureOf } from './use-picture';

interface Props {
  site: Site;
  look: Looking;
  choice: Chosen;
  picture: PictureOf;
  /** The page itself is behind the heat. */
  page: boolean;
  setPage: (page: boolean) => void;
  opacity: number;
  setOpacity: (opacity: number) => void;
  divider: number;
  setDivider: (divider: number) => void;
}

function Upload({ picture }: { picture: PictureOf }) {
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const run = (act: () => Promise<void>, done: string) => {
    setBusy(true);
    act()
      .then(
        () => toast(done),
        (error: unknown) => toast(asApiError(error).message, 'bad'),
      )
      .finally(() => setBusy(false));
  };
  return (
    <>
      <input
        ref={input}
        class="sr-only"
        type="file"
        tabIndex={-1}
        aria-label="Picture of the page"
        accept="image/png,image/jpeg,image/webp"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (file) run(() => picture.upload(file), 'The picture is behind the heat now.');
        }}
      />
      <button type="button" class="button quiet small" disabled={busy} onClick={() => input.current?.click()}>
        {picture.shot ? 'Another picture…' : 'Upload a picture…'}
      </button>
      {picture.shot && (
        <button
          type="button"
          class="button quiet small"
          disabled={busy}
          onClick={() => run(picture.remove, 'The picture was deleted.')}
        >
          Delete the picture
        </button>
      )}
    </>
  );
}

function Slider({ label, value, set }: { label: string; value: number; set: (value: number) => void }) {
  return (
    <label class="heat-slider">
      {label}
      <input
        type="range"
        min={0}
        max={100}
        value={Math.round(value * 100)}
        onInput={(event) => set(Number(event.currentTarget.value) / 100)}
      />
    </label>
  );
}

export function Underlay({ site, look, choice, picture, page, setPage, ...sliders }: Props) {
  const { opacity, setOpacity, divider, setDivider } = sliders;
  return (
    <div class="heat-under">
      <Slider label="Heat" value={opacity} set={setOpacity} />
      <button type="button" class="button quiet small" aria-pressed={page} onClick={() => setPage(!page)}>
        {page ? 'Hide the page' : 'Show the page itself'}
      </button>
      {can(site.role, 'admin') && <Upload picture={picture} />}
      <span class="grow" />
      <button
        type="button"
        class="button quiet small"
        aria-pressed={choice.compare}
        onClick={() => look.choose('before', choice.compare ? '' : 'on')}
      >
        {choice.compare ? 'Stop comparing' : 'Before and after'}
      </button>
      {choice.compare && <Slider label="Divider" value={divider} set={setDivider} />}
      {page && (
        <p class="hint heat-note">
          {site.domain} is loaded by your browser, without scripts, so that this look does not count as a visit. If it
          stays empty, the site does not let itself be framed: upload a picture instead.
        </p>
      )}
    </div>
  );
}
