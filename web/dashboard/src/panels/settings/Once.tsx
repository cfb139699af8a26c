// A secret that the server shows once: to copy now, gone with the window.
import { useState } from 'preact/hooks';
import { copyText } from '../../clipboard';
import { Dialog } from '../Dialog';

interface Props {
  title: string;
  secret: string;
  /** Where it goes, and what happens if it is lost. */
  note: string;
  onClose: () => void;
}

export function Once({ title, secret, note, onClose }: Props) {
  const [copied, setCopied] = useState(false);
  return (
    <Dialog title={title} onClose={onClose}>
      <p class="soft">{note}</p>
      <div class="once">
        <code tabIndex={0}>{secret}</code>
        <button type="button" class="button small" onClick={() => void copyText(secret).then(setCopied)}>
          {copied ? 'Copied' : 'Copy'}
        </button>
      </div>
      <footer class="dialog-foot">
        <button type="button" class="button quiet" onClick={onClose}>
          Done
        </button>
      </footer>
    </Dialog>
  );
}
